"""UUIDv7 ids (RFC 9562 §5.7): they sort by time, and need no coordination."""

from __future__ import annotations

import os
import time
import uuid


def new_id() -> str:
    unix_ts_ms = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = unix_ts_ms << 80
    value |= 0x7 << 76
    value |= (random_bits >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random_bits & ((1 << 62) - 1)
    return str(uuid.UUID(int=value))
