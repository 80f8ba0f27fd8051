"""Configuration files: safe YAML with line numbers, and validation that names a cure (I8)."""
