"""The registers that auditors ask for, made from what is in force and what was recorded."""
