"""Starting and breaking what `benchmarks` measures from outside."""
