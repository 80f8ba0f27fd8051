"""Who may use a model when more is asked of it than it can do: places, turns and waiting."""
