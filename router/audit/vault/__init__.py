"""Texts: encrypted under a key for each subject, and gone with it."""
