"""`python -m serving.bench.leak.fake_worker`: the fake detector as a detection process.

Loads at once and finds next to nothing; it is there to be killed, stopped and overloaded.
"""

from __future__ import annotations

import asyncio
import sys

from router.domain import Json, JsonObject, Segment
from serving.detection.fake import FakePatternDetector
from serving.detection.frames import LENGTH_BYTES, decode, decode_length, encode
from serving.detection.questions import question_of

FAKE_WORKER_COMMAND = (sys.executable, "-P", "-m", "serving.bench.leak.fake_worker")


def main() -> None:
    detector = FakePatternDetector()
    frames_in = sys.stdin.buffer
    while len(header := frames_in.read(LENGTH_BYTES)) == LENGTH_BYTES:
        frame = decode(frames_in.read(decode_length(header)))
        if "configuration" in frame:
            _send({"ready": detector.version})
            continue
        question = question_of(frame)
        segments = [Segment("", text) for text in question.texts]
        found = asyncio.run(detector.detect(segments))
        findings: list[Json] = [[f.segment, f.entity_type, f.start, f.end, f.score] for f in found]
        _send({"seq": frame["seq"], "findings": findings})


def _send(message: JsonObject) -> None:
    sys.stdout.buffer.write(encode(message))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
