"""A detection process: `python -m serving.detection.worker`. Frames in, frames out, until EOF.

It has no network, no credentials and no voice: whatever a library prints or logs about a text goes
nowhere (I6), it dumps no core, and an error's answer is the name of its type. The kernel kills it
soon after a scan's time is up, even if nobody is left to do so and a regex never returns.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import sys
from typing import IO

from router.domain import JsonObject
from serving.detection.frames import LENGTH_BYTES, decode, decode_length, encode

_GRACE_S = 1.0
"""The pool kills at the deadline; the alarm is for when there is no pool any more."""

_MOST_MEMORY_KIB = 1_500_000
"""RE2's automata grow with the texts they have seen; after 20,000 of them to about half of this."""

# spaCy imports these where they are installed: 360 MB and 20 s, for nothing that is used here.
_KEPT_OUT = ("torch", "transformers", "tensorflow", "jax", "cupy", "mxnet", "stanza")

_NETWORK_EVENTS = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
)


def main() -> int:
    frames_in, frames_out = _take_over_standard_streams()
    _confine()
    configuration = _receive(frames_in)
    if configuration is None:
        return 0
    try:
        from serving.detection.layers import LayeredScanner  # noqa: PLC0415
        from serving.detection.neural.model_files import ModelMissing  # noqa: PLC0415
        from serving.detection.questions import question_of, recognisers_of  # noqa: PLC0415
    except ImportError as error:
        _send(frames_out, {"failed": f"the detector's library {error.name} is not installed"})
        return 1
    try:
        scanner = LayeredScanner(recognisers_of(configuration))
    except ModelMissing as error:
        _send(frames_out, {"failed": str(error)})
        return 1
    except Exception as error:
        _send(frames_out, {"failed": f"the detector did not load: {type(error).__name__}"})
        raise
    _silence()
    # Scans make much that holds nothing in circles; looking for those took half of their time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    _send(frames_out, {"ready": scanner.version})
    while (request := _receive(frames_in)) is not None:
        answer: JsonObject = {"seq": request["seq"]}
        try:
            question = question_of(request)
            signal.setitimer(signal.ITIMER_REAL, question.timeout_s + _GRACE_S)
            answer["findings"] = [list(found) for found in scanner.scan(question)]
        except MemoryError:
            return 1  # nothing here can be relied on any more
        except Exception as error:
            answer["error"] = type(error).__name__
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(frames_out, answer)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > _MOST_MEMORY_KIB:
            return 0  # the pool starts another one
    return 0


def _take_over_standard_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Keeps both streams for frames alone: a stray print would end up between two of them."""
    frames_in = os.fdopen(os.dup(0), "rb")
    frames_out = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nowhere:
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    return frames_in, frames_out


def _confine() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pool's; here comes EOF
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    # Presidio takes a regex that ran out of its own time for one that found nothing. Here it never
    # does; the deadline is the pool's.
    os.environ["REGEX_TIMEOUT_SECONDS"] = str(10**6)
    os.environ["PRESIDIO_DEVICE"] = "cpu"
    for module in _KEPT_OUT:
        sys.modules[module] = None  # type: ignore[assignment]
    sys.addaudithook(_refuse_network)


def _refuse_network(event: str, _arguments: object) -> None:
    if event in _NETWORK_EVENTS:
        raise PermissionError("a detection process has no network")


def _silence() -> None:
    """From here on there is content in memory, and what a traceback quotes goes nowhere."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)


def _receive(frames_in: IO[bytes]) -> JsonObject | None:
    header = frames_in.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    length = decode_length(header)
    payload = frames_in.read(length)
    return decode(payload) if len(payload) == length else None


def _send(frames_out: IO[bytes], message: JsonObject) -> None:
    frames_out.write(encode(message))
    frames_out.flush()


if __name__ == "__main__":
    sys.exit(main())
