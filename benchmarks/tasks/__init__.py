"""The classifier of tasks: the prompts it is trained on, its training, and how well it does."""
