"""What the figures of a record mean: kept in it, so that nobody has to look for it."""

from __future__ import annotations

from typing import Final

DEFINITIONS: Final[dict[str, str]] = {
    "bare": "HAProxy, an ingress of Ray Serve that does nothing but call the engine's handle, and "
    "the engine",
    "gateway": "HAProxy, the whole gateway with its detector's processes, policy, audit log and "
    "vault as they are shipped, and the same engine",
    "ttft": "from sending the request until the first chunk with text has arrived, streamed, one "
    "request at a time, connections kept open",
    "e2e": "from sending the request until the stream has ended",
    "added": "the gateway's duration less the bare ingress's, of the same body, the one right "
    "after the other and another one first each time; the median over all pairs, with a "
    "percentile bootstrap's interval of 95% (pairs are drawn)",
    "seen": "three earlier turns with their answers have been sent before, and are known to the "
    "scan cache; the new question, a quarter of the prompt, is not",
    "all_seen": "the same body has been sent before",
    "unseen": "one question that nobody has sent before",
    "step": "the mean of what the gateway's own metrics say of each step; dispatch is mostly the "
    "engine's time to first token, deliver mostly the rest of its answer",
    "tokens": "four characters each, as the simulated engine counts them",
    "others_share": "CPU seconds of processes that neither serve nor ask, of all usable cores",
}
