"""Texts as vectors: a sentence encoder on one thread, without a network."""

from __future__ import annotations

import hashlib
from typing import Protocol

import numpy as np

from router.learned.embedder_files import EmbedderFiles
from router.learned.examples import Vectors

MAX_TOKENS = 96
MAX_CHARS = 1_000
"""Of a text: what is tokenised. The encoder reads less of it, unless words are very long."""

_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


class Embedder(Protocol):
    """`digest` names the model and its settings: vectors of two digests cannot be compared."""

    @property
    def digest(self) -> str: ...

    def embed(self, text: str) -> Vectors:
        """A vector of unit length. Blocks, and lets go of the GIL: call it on a thread."""
        ...


class MiniLm:
    """The first layers of all-MiniLM-L6-v2, as int8: the mean of their vectors, of unit length.

    Serves any number of threads, each call on its own. Loads in half a second, about 60 MB.
    """

    def __init__(self, files: EmbedderFiles) -> None:
        import onnxruntime  # noqa: PLC0415  (a gateway without a learned router needs none of it)
        from tokenizers import Tokenizer  # noqa: PLC0415

        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            files.graph, options, providers=["CPUExecutionProvider"]
        )
        named = f"{files.made_of}/{MAX_TOKENS}/{MAX_CHARS}"
        self._digest = f"sha256:{hashlib.sha256(named.encode()).hexdigest()}"

    @property
    def digest(self) -> str:
        return self._digest

    def embed(self, text: str) -> Vectors:
        told = self._tokenizer.encode(text[:MAX_CHARS].translate(_LONE_SURROGATES))
        ids = np.array([told.ids], np.int32)
        (vectors,) = self._session.run(["vector"], {"input_ids": ids})
        vector = vectors[0]
        unit: Vectors = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
        return unit
