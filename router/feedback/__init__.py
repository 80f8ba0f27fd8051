"""What callers think of answers: kept beside the records, and its texts in the vault."""
