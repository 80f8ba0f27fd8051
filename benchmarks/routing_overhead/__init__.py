"""What routing costs a request: its features, and the decision, at the size of a large firm too."""
