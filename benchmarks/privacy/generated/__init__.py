"""Requests with labelled identifiers, and harmless twins of them, made from a seed.

Nothing in here is about anybody: names are drawn from inventories of this package's own or built of
syllables, numbers are random with the check digits that their kind asks for.
"""
