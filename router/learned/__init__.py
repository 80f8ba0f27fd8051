"""Expected quality learned from outcomes: what a text is like, and how models did on such."""
