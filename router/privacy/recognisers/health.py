"""Somebody's health: who, a verb, and what they have."""

from __future__ import annotations

from router.privacy.recognisers.health_words import CONDITIONS, STATES
from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.person_grammar import (
    APPOSITION,
    DROPPED,
    FULL_NAME,
    GAP_WORD,
    GRAMMARS,
    MYSELF_IS,
    TITLED,
    VERB_LAST,
    WORD,
    Grammar,
    dropped,
    subject,
    verb_last,
    words,
)
from router.privacy.recognisers.topic import (
    FIGURATIVE,
    is_about_no_topic,
    is_about_somebody,
    is_no_figure_of_speech,
    is_said_of_somebody,
)

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
            rf"{{0,3}}?(?:{states}){FIGURATIVE}",
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
        Pattern(
            name=f"health_apposition_{code}",
            entity_type=_TYPE,
            regex=rf"(?:{FULL_NAME}|{TITLED}|{grammar.people}){APPOSITION}(?:an?\s|une?\s)?"
            rf"(?:{WORD}+\s)??(?:{states})",
            score=0.75,
            validate=is_said_of_somebody,
        ),
        *_verb_last(code, grammar, states),
        *_dropped(code, states, conditions),
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


def _dropped(code: str, states: str, conditions: str) -> tuple[Pattern, ...]:
    """Está en diálisis; Soffre di lupus."""
    if code not in DROPPED:
        return ()
    return (
        Pattern(
            name=f"health_dropped_{code}",
            entity_type=_TYPE,
            regex=dropped(states, conditions) + r"(?:\s(?:che|que))?",
            score=0.75,
            validate=is_no_figure_of_speech,
        ),
    )


_FIELD = (
    r"(?:(?:main |primary |medical |haupt|neben|clinical )?diagnos(?:is|es|e|en|i|tics?|tico)|"
    r"diagnóstico|diagnoses?|medical[_ ]condition|"
    r"pathologie|patolog[ií]as?|patologie|erkrankung(?:en)?|vorerkrankung(?:en)?|krankheit(?:en)?|"
    r"maladies?|enfermedad(?:es)?|malatti[ae]|doenças?|ziektes?|aandoening(?:en)?|"
    r"allerg(?:y|ies|ien?|ias?|ie|ieën|eën)|behinderung|disability|discapacidad|disabilità|"
    r"deficiência|handicap|health[_ ]?(?:status|issues?|conditions?)|état de santé|"
    r"gesundheitszustand|estado de salud|stato di salute|estado de saúde|gezondheid|"
    r"grund der (?:abwesenheit|krankschreibung)|(?:sick )?leave[_ ]reason|motif d['’]arrêt|"
    r"motivo (?:de la )?baja|medical[_ ]?history)"
)


def _fields() -> tuple[Pattern, ...]:
    """`diagnosi: …` in a form, a note, JSON or YAML."""
    known = "|".join(words(entries) for entries in CONDITIONS.values())
    return (
        Pattern(
            name="health_field",
            entity_type=_TYPE,
            regex=rf"{_FIELD}(?:_\w{{1,12}})?[\"'*]{{0,3}}\s?[:=]\s?[*\"'\[]{{0,3}}\s?"
            rf"(?:{WORD}+[ ,]{{1,2}}){{0,3}}?(?:{known})",
            score=0.75,
            validate=is_about_no_topic,
        ),
    )


TRIGGER = "|".join(
    words(entries) for by_language in (CONDITIONS, STATES) for entries in by_language.values()
)
"""One of these has to stand in a text before the sentences above are worth looking for."""

PATTERNS: tuple[Pattern, ...] = (
    tuple(pattern for code, grammar in GRAMMARS.items() for pattern in _for_language(code, grammar))
    + _fields()
)
