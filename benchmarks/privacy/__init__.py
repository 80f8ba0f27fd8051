"""How much of what identifies people is found, and how much that is harmless is taken for it."""
