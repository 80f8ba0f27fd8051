"""models.yaml → frozen specs: every model that can be served, local or external."""
