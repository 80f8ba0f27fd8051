"""Sets that others made, read from files that lie outside of the repository."""
