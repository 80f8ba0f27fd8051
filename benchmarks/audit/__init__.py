"""How fast the audit log takes records, and how fast it is proved and verified."""
