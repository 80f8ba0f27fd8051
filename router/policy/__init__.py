"""The policy: which models may see a request, in which order to try them, and a proof of it."""
