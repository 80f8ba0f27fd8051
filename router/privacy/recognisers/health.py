"""Somebody's health: who, a verb, and what they have."""

from __future__ import annotations

from router.privacy.recognisers.health_words import CONDITIONS, STATES
from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.person_grammar import (
    GAP_WORD,
    GRAMMARS,
    MYSELF_IS,
    VERB_LAST,
    WORD,
    Grammar,
    subject,
    verb_last,
    words,
)
from router.privacy.recognisers.topic import is_about_somebody, is_said_of_somebody

_TYPE = "HEALTH_CONDITION"


def _for_language(code: str, grammar: Grammar) -> tuple[Pattern, ...]:
    conditions, states = words(CONDITIONS[code]), words(STATES[code])
    myself_is = rf"(?:{MYSELF_IS[code]})|" if code in MYSELF_IS else ""
    myself = rf"(?:{grammar.myself})|" if grammar.myself else ""
    return (
        Pattern(
            name=f"health_has_{code}",
            entity_type=_TYPE,
            regex=rf"(?:{myself}{subject(grammar, 4)}(?:{grammar.had}))\s(?:{GAP_WORD})"
            rf"{{0,6}}?(?:[dl]['’])?(?:{conditions})",
            score=0.8,
            validate=is_said_of_somebody,
        ),
        Pattern(
            name=f"health_is_{code}",
            entity_type=_TYPE,
            regex=rf"(?:{myself_is}{subject(grammar, 2)}{grammar.being})\s(?:{GAP_WORD})"
            rf"{{0,3}}?(?:{states})",
            score=0.8,
            validate=is_said_of_somebody,
        ),
        Pattern(
            name=f"health_of_{code}",
            entity_type=_TYPE,
            regex=rf"(?:{grammar.mine})\s(?:{WORD}+\s){{0,2}}?(?:{conditions})(?:\s(?:research|"
            r"project|paper|essay|study|dataset|app|class|presentation|book|model|awareness|"
            r"charity|policy|data))?",
            score=0.75,
            validate=is_about_somebody,
        ),
        *_verb_last(code, grammar, states),
    )


def _verb_last(code: str, grammar: Grammar, states: str) -> tuple[Pattern, ...]:
    """… dass er depressiv ist; … dat hij depressief is."""
    if code not in VERB_LAST:
        return ()
    return (
        Pattern(
            name=f"health_is_last_{code}",
            entity_type=_TYPE,
            regex=verb_last(code, grammar, states),
            score=0.8,
            validate=is_said_of_somebody,
        ),
    )


TRIGGER = "|".join(
    words(entries) for by_language in (CONDITIONS, STATES) for entries in by_language.values()
)
"""One of these has to stand in a text before the sentences above are worth looking for."""

PATTERNS: tuple[Pattern, ...] = tuple(
    pattern for code, grammar in GRAMMARS.items() for pattern in _for_language(code, grammar)
)
