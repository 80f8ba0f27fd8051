"""Every pair of models.yaml and policy.yaml that ever served, by digest."""
