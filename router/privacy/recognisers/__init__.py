"""What identifies a person or opens a door, as patterns that match in linear time."""
