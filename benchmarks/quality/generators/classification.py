"""Short messages and the one label that fits, of four sets of labels.

What makes it hard: a message may say first what it is not about.
"""

from __future__ import annotations

from benchmarks.privacy.generated.draw import Draw
from benchmarks.quality.generators.words import GOODS, SITES, SYSTEMS, code, shuffled
from benchmarks.quality.item import Item, asked
from router.domain import Json

_SETS: dict[str, dict[str, tuple[str, ...]]] = {
    "intent": {
        "delivery": (
            "the {goods} for {order} have not arrived",
            "when do the {goods} come that we ordered as {order}",
            "the lorry with {order} went to the wrong gate",
        ),
        "invoice": (
            "{order} was charged to us twice",
            "the amount on the bill for {order} is higher than agreed",
            "we paid for {order} and still got a reminder",
        ),
        "return": (
            "we would like to send the {goods} of {order} back",
            "please take back the {goods}, they do not fit",
            "how do we give back what is left of the {goods}",
        ),
        "defect": (
            "half of the {goods} of {order} are broken",
            "the {goods} crack as soon as they are used",
            "the {goods} stopped working after a day",
        ),
        "account": (
            "nobody here can log in to {system}",
            "please let our new colleague into {system}",
            "the password for {system} cannot be set again",
        ),
    },
    "urgency": {
        "now": (
            "{system} is down and {site} cannot ship anything",
            "water is running into the {goods} at {site}",
            "every order at {site} fails since a minute ago",
        ),
        "today": (
            "{system} must work again before the evening shift at {site}",
            "we need the list of {goods} by five this afternoon",
            "{order} has to be released before the office closes",
        ),
        "this week": (
            "please look at {system} in the next few days",
            "by Friday we should know how many {goods} there are",
            "{order} can wait until Thursday, and no longer",
        ),
        "whenever": (
            "someday the menu of {system} could be tidied up",
            "if there is time one day, relabel the {goods} at {site}",
            "there is no hurry at all with {order}",
        ),
    },
    "sentiment": {
        "positive": (
            "the {goods} are the best that we have had",
            "{system} has made our work at {site} so much easier",
            "thank you, {order} went through without a hitch",
        ),
        "negative": (
            "we are fed up with the {goods}",
            "{system} is a daily annoyance at {site}",
            "what happened with {order} was a disgrace",
        ),
        "neutral": (
            "the {goods} are stored at {site}",
            "{order} has two pages",
            "{system} is used at {site} as well",
        ),
    },
    "document": {
        "contract": (
            "both parties agree that the {goods} are supplied for two years",
            "this agreement on {system} may be ended with three months' notice",
            "the supplier undertakes to keep {goods} in stock for the term hereof",
        ),
        "manual": (
            "press the green button, and wait until {system} beeps",
            "first loosen both screws, then lift the {goods} out",
            "step 3: choose the shift, and confirm with Enter",
        ),
        "minutes": (
            "those present decided to move the {goods} to {site}",
            "item 2: {system}. It was agreed to wait another month",
            "the chair closed the meeting after the report on {site}",
        ),
        "job advertisement": (
            "we look for somebody who keeps {system} running at {site}",
            "you bring two years with {goods} and like to work in a team",
            "apply now: full-time at {site}, thirty days of leave",
        ),
        "press release": (
            "the company announced today that {site} will double its output",
            "starting in spring, {goods} will be made of recycled matter, the group said",
            "for immediate release: {system} opens to all customers",
        ),
    },
}
_ORDERS = (
    "Which of these labels fits the message best? {labels}. Answer with the label alone.",
    "Classify the message. Labels: {labels}. Reply with exactly one of them and nothing else.",
    "Choose one label out of [{labels}] for the text. Write only the label.",
    "Sort the following into one of: {labels}. Say the label, no more.",
)
_OPENINGS = ("", "Hello, ", "Good morning, ", "To whom it may concern: ", "Just a line: ")
_CLOSINGS = ("", " Kind regards", " Many thanks", " Sent from the shop floor")


def make(seed: int, number: int) -> Item:
    draw = Draw(seed, "classification", number)
    name = sorted(_SETS)[number % len(_SETS)]
    labels = _SETS[name]
    label = list(labels)[number // len(_SETS) % len(labels)]
    message = _filled(draw, draw.of(labels[label]))
    if name == "intent" and draw.chance(0.4):
        other = draw.of([each for each in labels if each != label])
        message = f"this is not about {_ABOUT[other]}: {message}"
    text = draw.of(_OPENINGS) + message
    text = f"{text[0].upper()}{text[1:]}.{draw.of(_CLOSINGS)}"
    order = draw.of(_ORDERS).format(labels=", ".join(shuffled(draw, list(labels))))
    known = list[Json](labels)
    return asked(f"{order}\n\n{text}", {"label": label, "labels": known}, group=name)


_ABOUT = {
    "delivery": "a delivery",
    "invoice": "an invoice",
    "return": "something to return",
    "defect": "a defect",
    "account": "an account",
}


def _filled(draw: Draw, phrase: str) -> str:
    return phrase.format(
        goods=draw.of(GOODS), order=code(draw), system=draw.of(SYSTEMS), site=draw.of(SITES)
    )
