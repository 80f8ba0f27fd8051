"""What tells whether a cheaper model's answer may be kept. One signal a file; all of them pure."""
