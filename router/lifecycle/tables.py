"""Moves of models that wait for a second person."""
