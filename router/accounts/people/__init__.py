"""People: who an identity provider vouches for, and what they may do."""
