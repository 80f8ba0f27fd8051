"""What can be wrong with the log while it is written or read; no client gets any of these.

LogError
├── LogMoved        somebody else has sequenced meanwhile: nothing was written, try again
├── LogBroken       what is stored contradicts itself: `ringfence audit verify` says where
└── BadNote         not a checkpoint, or not one that this key has signed
"""

from __future__ import annotations

from router.errors import RingfenceError


class LogError(RingfenceError):
    """Base of the transparency log's errors."""


class LogMoved(LogError):
    """Another sequencer was faster. The transaction must be given up."""


class LogBroken(LogError):
    """The stored log is not one that can be added to or proved from."""


class BadNote(LogError):
    """A note that is malformed, or whose signature is not by the expected key."""
