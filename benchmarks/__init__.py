"""What is measured, and how: each suite stores a record that says on what and with what."""
