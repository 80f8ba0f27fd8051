"""Master keys of the vault that a key management service has and does not give away."""
