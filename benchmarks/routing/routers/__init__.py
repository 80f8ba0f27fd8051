"""What is compared: each learns from the same outcomes and is asked about other questions."""
