"""The way back: what a model says, scanned before or beside its way to the client."""
