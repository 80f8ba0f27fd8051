"""Questions made from a seed, one family a file: `make(seed, number)` is an item, the same always.

Nothing in here is about anybody. But for the suites of bias, no text has what a detector takes for
personal data, so that models outside may be asked as well.
"""
