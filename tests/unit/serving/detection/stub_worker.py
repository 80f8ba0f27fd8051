"""A worker that does what its first text says. It speaks frames and needs no models."""

from __future__ import annotations

import os
import sys
import time

from serving.detection.frames import LENGTH_BYTES, decode, decode_length, encode


def main() -> None:
    behaviour = sys.argv[1] if len(sys.argv) > 1 else "ready"
    if behaviour == "fail":
        _write(encode({"failed": "install the model"}))
        return
    if behaviour == "die":
        sys.exit(3)
    if behaviour == "hang":
        time.sleep(600)
    _write(encode({"ready": "stub/1"}))
    while len(header := sys.stdin.buffer.read(LENGTH_BYTES)) == LENGTH_BYTES:
        request = decode(sys.stdin.buffer.read(decode_length(header)))
        if "configuration" in request:
            continue
        _answer(request["seq"], request["texts"])


def _answer(seq: int, texts: list[str]) -> None:
    command, _, argument = texts[0].partition(" ")
    if command == "sleep":
        time.sleep(float(argument))
    elif command == "exit":
        sys.exit(1)
    elif command == "error":
        _write(encode({"seq": seq, "error": "ZeroDivisionError"}))
        return
    elif command == "garbage":
        _write(b"\x00\x00\x00\x05{nope")
        return
    elif command == "huge":
        _write(b"\xff\xff\xff\xff")
        return
    elif command == "stale":
        _write(encode({"seq": seq - 1, "findings": []}))
        return
    elif command == "beyond":
        _write(encode({"seq": seq, "findings": [[0, "X", 0, 10_000, 1.0]]}))
        return
    elif command == "shapeless":
        _write(encode({"seq": seq, "findings": [["PERSON"]]}))
        return
    elif command == "environment":
        names = "".join(f"{name}\n" for name in sorted(os.environ))
        with open(argument, "w") as file:
            file.write(names)
    findings = [[i, "LENGTH", 0, len(text), 0.5] for i, text in enumerate(texts)]
    _write(encode({"seq": seq, "findings": findings}))


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
