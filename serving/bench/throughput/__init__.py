"""The layers that are measured, started for it: engine, Ray Serve, gateway."""
