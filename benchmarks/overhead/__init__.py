"""What the gateway costs: the same requests through it and past it, in pairs."""
