"""`python -m serving.weights NAME`: converts an embedded model ahead of time, for `make setup`.

No cluster is there yet whose key could sign: the manifest is made and signed at its first start.
"""

from __future__ import annotations

import sys

from serving.weights.location import locate_embedded

if __name__ == "__main__":
    print(locate_embedded(sys.argv[1]).path)  # noqa: T201
