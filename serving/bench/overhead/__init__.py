"""What `ringfence bench overhead` starts: a simulated engine's cluster, and two doors into it."""
