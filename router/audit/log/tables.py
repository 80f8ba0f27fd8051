"""The transparency log: leaves in order, nodes above them, signed checkpoints."""
