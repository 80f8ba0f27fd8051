"""A text as a reader of ill will would have it read: folded, spelled out, decoded."""
