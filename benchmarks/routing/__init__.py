"""What routers make of recorded outcomes: ours beside what it must beat, out of sample."""
