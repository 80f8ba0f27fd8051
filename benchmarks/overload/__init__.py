"""What an overload does to those whose requests must stay: a quiet team beside floods."""
