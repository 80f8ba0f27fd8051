"""Whether an answer refuses instead of answering."""

from __future__ import annotations

import unicodedata

from router.escalation.collected import Collected

_OPENING_CHARACTERS = 200
"""Refusals begin with it; further on, an answer may quote one."""

_MOST_CHARACTERS = 1_000
"""What goes on for longer has answered something."""

_PHRASES = (
    # English
    "i can't help with",
    "i cannot help with",
    "i can't assist",
    "i cannot assist",
    "i can't provide",
    "i cannot provide",
    "i can't answer",
    "i cannot answer",
    "i can't fulfill",
    "i cannot fulfill",
    "i'm unable to",
    "i am unable to",
    "i'm not able to",
    "i am not able to",
    "i won't be able to",
    "as an ai language model, i",
    # German
    "ich kann ihnen dabei nicht helfen",
    "ich kann dir dabei nicht helfen",
    "dabei kann ich nicht helfen",
    "dabei kann ich ihnen nicht helfen",
    "dabei kann ich dir nicht helfen",
    "ich kann diese anfrage nicht",
    "ich bin nicht in der lage",
    # French
    "je ne peux pas vous aider",
    "je ne peux pas t'aider",
    "je ne peux pas répondre",
    "je ne suis pas en mesure",
    # Spanish
    "no puedo ayudarte",
    "no puedo ayudarle",
    "no puedo ayudar con",
    "no puedo proporcionar",
    "no puedo responder",
    # Italian
    "non posso aiutarti",
    "non posso aiutarla",
    "non posso fornire",
    "non sono in grado di",
    # Portuguese
    "não posso ajudar",
    "não posso fornecer",
    # Dutch
    "ik kan je daar niet mee helpen",
    "ik kan u daar niet mee helpen",
    "ik kan niet helpen met",
    # Polish
    "nie mogę pomóc",
    "nie mogę udzielić",
    # Chinese, Japanese
    "我无法",
    "抱歉\uff0c我不能",
    "申し訳ありませんが、お手伝いできません",
    "お答えできません",
)


def refuses(answer: Collected) -> bool:
    """As the provider says it, or in one of a few words with which refusals begin.

    What refuses in other words is left to the signals that have a number.
    """
    if answer.refusal or answer.finish_reason == "content_filter":
        return True
    text = answer.text.strip()
    if not text or len(text) > _MOST_CHARACTERS:
        return False
    opening = unicodedata.normalize("NFKC", text[:_OPENING_CHARACTERS]).casefold()
    opening = opening.replace("\u2019", "'")
    return any(phrase in opening for phrase in _FOLDED)


_FOLDED = tuple(unicodedata.normalize("NFKC", phrase).casefold() for phrase in _PHRASES)
