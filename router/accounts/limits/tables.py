"""What is spent and held, by what it counts against."""
