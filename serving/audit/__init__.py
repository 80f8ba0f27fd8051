"""The audit log, kept: sequenced, signed, and its checkpoints sent to a second place."""
