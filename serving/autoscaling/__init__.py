"""How many replicas a model wants, by what its engines report of themselves."""
