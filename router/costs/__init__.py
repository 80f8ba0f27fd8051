"""What requests cost, what was got for it, and what something else would have cost."""
