"""Keys of subjects, wrapped, and texts under them."""
