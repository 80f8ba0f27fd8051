"""How models come and go: who moved which, when, why, and on what evidence."""
