"""How good answers are: suites with answers that can be checked, asked through a gateway."""
