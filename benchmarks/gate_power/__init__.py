"""How often the gate is right: of changes whose truth is known, what it lets pass and what not."""
