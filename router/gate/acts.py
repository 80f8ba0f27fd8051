"""What the log says of gates: that one was run, and by what right other rules took over."""

from __future__ import annotations

JUDGED = "gate.judged"
SHOWN = "gate.shown"
ROLLED_BACK = "gate.rolled_back"
BYPASSED = "gate.bypassed"
