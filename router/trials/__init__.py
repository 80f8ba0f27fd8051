"""A new version beside its champion: asked in the shadow, then tried on a share of requests."""
