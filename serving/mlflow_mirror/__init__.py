"""A mirror of the registry in MLflow's: for the people who look there, and their aliases.

models.yaml stays the source. What MLflow says is compared with it, and never believed alone.
"""
