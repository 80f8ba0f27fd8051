"""Special categories of personal data: about somebody, and not the topic.

SENTENCES are costly to look for everywhere: they begin with whoever a sentence is about, which is
any name and any pronoun. GatedMatcher looks for them around the words of TRIGGER only.
"""

from __future__ import annotations

from router.privacy.recognisers import beliefs, clinical, health
from router.privacy.recognisers.pattern import Pattern

TRIGGER = f"{health.TRIGGER}|{beliefs.TRIGGER}|{clinical.TRIGGER}"

SENTENCES: tuple[Pattern, ...] = (*health.PATTERNS, *clinical.SENTENCES, *beliefs.SENTENCES)
FREE: tuple[Pattern, ...] = (*clinical.NOTES, *beliefs.FIELDS)
PATTERNS: tuple[Pattern, ...] = (*FREE, *SENTENCES)
