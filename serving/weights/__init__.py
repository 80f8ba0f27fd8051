"""Where a model's weights lie on this machine, and proof that they are what they were.

The digest is computed once, when weights are imported; a manifest keeps it, signed by the cluster.
At load the manifest is trusted and the files' sizes and times are compared with it, so that scaling
does not wait; in the background every byte is hashed again. What differs does not serve.
"""

from __future__ import annotations

from serving.weights.digest import sha256_of
from serving.weights.ensure import Weights, ensure_weights, import_weights
from serving.weights.errors import WeightsError
from serving.weights.location import cache_root
from serving.weights.manifest_store import ManifestStore

__all__ = [
    "ManifestStore",
    "Weights",
    "WeightsError",
    "cache_root",
    "ensure_weights",
    "import_weights",
    "sha256_of",
]
