"""Whether an engine works, judged by the tokens it owes, and whether its GPU can be trusted."""
