"""Detection: a pool of processes that can be killed, since a thread cannot."""
