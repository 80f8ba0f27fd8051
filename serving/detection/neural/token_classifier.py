"""The runtime: texts in, findings out.

A window is run by itself: its scores depend on its own tokens and on nothing beside it, so the same
text has the same findings in every request. onnxruntime releases the GIL meanwhile.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from typing import TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from serving.detection.neural import windows
from serving.detection.neural.judge import Judge
from serving.detection.neural.labels import folding
from serving.detection.neural.model_files import ModelFiles
from serving.detection.neural.spans import Words, spans

Found = tuple[int, str, int, int, float]
Scores = NDArray[np.float32]
Job = TypeVar("Job")

_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""They cannot be encoded for the tokenizer; what stands for each is as long."""


@dataclass(frozen=True, slots=True)
class _Tokens:
    """A text's tokens: numbers, places, which of them begin a word, and which a paragraph."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    begins: NDArray[np.int64]
    breaks: list[int]


class TokenClassifier:
    """Serves any number of threads, which share `threads` workers. Loads in half a second."""

    def __init__(self, files: ModelFiles, *, threads: int = 2) -> None:
        """Raises UnknownLabel where the model has labels that nobody gave a meaning to."""
        self._folding = folding(json.loads(files.config.read_text())["id2label"])
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._cls = np.array([self._tokenizer.token_to_id("[CLS]")], np.int32)
        self._sep = np.array([self._tokenizer.token_to_id("[SEP]")], np.int32)
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="token-classifier")
        self._among_many = _session(files, intra_op_threads=1)
        # Alone, a window would leave the other cores idle.
        self._alone = _session(files, threads) if threads > 1 else self._among_many
        self._judge = Judge.load()
        self.version = (
            f"rampart/{files.sha256[:12]} onnxruntime/{metadata.version('onnxruntime')} "
            f"tokenizers/{metadata.version('tokenizers')} rules/{self._judge.digest[:12]}"
        )

    def scan(self, texts: Sequence[str], deadline: Callable[[], None]) -> list[Found]:
        """Returns (text number, entity type, start, end, score) of all texts, in order.

        0.5 is the recommended threshold of every score. `deadline` is called in the caller's thread
        between windows; what it raises ends the scan and is raised.
        """
        found: list[Found] = []
        for number, (text, words) in enumerate(
            zip(texts, self.score(texts, deadline), strict=True)
        ):
            for span in self._judge.judged(text, spans(text, words)):
                deadline()
                found.append((number, span.entity_type, span.start, span.end, span.score))
        return found

    def score(self, texts: Sequence[str], deadline: Callable[[], None]) -> list[Words]:
        """The model's own scores, word by word, before any rule."""
        tokens = [self._tokenise(text, deadline) for text in texts]
        jobs = [
            (number, *window)
            for number, these in enumerate(tokens)
            for window in windows.windows(len(these.ids), these.breaks)
        ]
        session = self._alone if len(jobs) == 1 else self._among_many

        def run(job: tuple[int, int, int, int, int]) -> Scores:
            number, start, end, first, last = job
            ids = np.concatenate([self._cls, tokens[number].ids[start:end], self._sep])
            (logits,) = session.run(["logits"], {"input_ids": ids[None]})
            return self._fold(logits[0, 1 + first - start : 1 + last - start])

        columns = self._folding.shape[1]
        believed: list[list[Scores]] = [[np.zeros((0, columns), np.float32)] for _ in texts]
        for job, scores in zip(jobs, self._run_all(run, jobs, deadline), strict=True):
            believed[job[0]].append(scores)
        return [_by_word(*pair) for pair in zip(tokens, believed, strict=True)]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _run_all(
        self, run: Callable[[Job], Scores], jobs: Sequence[Job], deadline: Callable[[], None]
    ) -> Iterator[Scores]:
        """In order, and only a few ahead, so that a deadline ends it within a window or two."""
        if len(jobs) == 1:
            deadline()
            yield run(jobs[0])
            return
        ahead: deque[Future[Scores]] = deque()
        try:
            for job in jobs:
                if len(ahead) >= 2 * self._threads:
                    yield ahead.popleft().result()
                    deadline()
                ahead.append(self._pool.submit(run, job))
            while ahead:
                yield ahead.popleft().result()
                deadline()
        finally:
            for future in ahead:
                future.cancel()

    def _tokenise(self, text: str, deadline: Callable[[], None]) -> _Tokens:
        ids, starts, ends, begins = [], [], [], []
        for offset, end in windows.pieces(text):
            deadline()
            piece = text[offset:end].translate(_LONE_SURROGATES)
            encoding = self._tokenizer.encode(piece, add_special_tokens=False)
            places = np.array(encoding.offsets, np.int64).reshape(-1, 2) + offset
            numbers = np.array(encoding.word_ids, np.int64)
            ids.append(np.array(encoding.ids, np.int32))
            starts.append(places[:, 0])
            ends.append(places[:, 1])
            begins.append(np.diff(numbers, prepend=-1) != 0)
        all_starts = np.concatenate(starts)
        return _Tokens(
            np.concatenate(ids),
            all_starts,
            np.concatenate(ends),
            np.flatnonzero(np.concatenate(begins)),
            windows.paragraph_breaks(text, all_starts),
        )

    def _fold(self, logits: Scores) -> Scores:
        """Probabilities of our types, from the logits of the model's labels."""
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        folded: Scores = (powers / powers.sum(axis=-1, keepdims=True)) @ self._folding
        return folded


def _by_word(tokens: _Tokens, believed: Sequence[Scores]) -> Words:
    """A word scores as its tokens do in the mean."""
    scores = np.concatenate(believed)
    if not len(tokens.begins):
        return Words(tokens.starts, tokens.ends, scores)
    counts = np.diff(tokens.begins, append=len(tokens.ids))
    sums: Scores = np.add.reduceat(scores, tokens.begins, axis=0)
    return Words(
        tokens.starts[tokens.begins],
        tokens.ends[tokens.begins + counts - 1],
        (sums / counts[:, None]).astype(np.float32),
    )


def _session(files: ModelFiles, intra_op_threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra_op_threads
    options.inter_op_num_threads = 1
    # Spinning would take a core from whoever has work to do.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(files.model, options, providers=["CPUExecutionProvider"])
