"""The suites as inspect-ai runs them. Only the process of `inspected.main` imports this package:
inspect sets up logging, signal handlers and folders of its own.
"""
