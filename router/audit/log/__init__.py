"""The transparency log (RFC 6962): order, proofs, signed checkpoints."""
