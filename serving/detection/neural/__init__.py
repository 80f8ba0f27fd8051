"""The neural layer: a token classifier that finds names, addresses and identifiers in any text."""
