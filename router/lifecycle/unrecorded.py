"""What models.yaml says and no recorded move has brought about: an edit by hand, a new file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from router.config.yaml_document import YamlDocument, parse_yaml
from router.errors import ConfigError
from router.lifecycle.moves import Move, moves_of
from router.lifecycle.requirements import CANDIDATE, RETIRED
from router.lifecycle.standing import Kind, Place, Standing, recorded, standing
from router.policy.archive import active, text_of


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """`said` is in models.yaml; `recorded` is where the moves left it, None where none was about
    it; `serving` is what serves, None where nothing of it does.

    `by_hand` is whether it was recorded or served otherwise, and edited since.
    """

    place: Place
    said: str
    recorded: str | None
    serving: str | None
    by_hand: bool

    @property
    def undoes_retirement(self) -> bool:
        return self.place.kind is Kind.STATE and RETIRED in {self.recorded, self.serving}

    def __str__(self) -> str:
        name = self.place.name
        what = name if self.place.kind is Kind.STATE else f"the {self.place.kind} of {name}"
        where = "no move of it is" if self.recorded is None else f"{self.recorded} is what was"
        return f"{what} is {self.said} in models.yaml, and {where} recorded"


def unrecorded(
    document: YamlDocument, moves: Sequence[Move], serving: Standing | None
) -> tuple[Unrecorded, ...]:
    """Everything of that kind, in the order of the file; `serving` is None before anything has.

    A version that is new is a candidate without a move. An alias of an id that no move was about is
    named only if it differs from what serves: its version's state is named already. Raises
    ConfigError.
    """
    by_moves = recorded(moves)
    found = []
    for place, said in standing(document).items():
        if by_moves.get(place) == said:
            continue
        by_hand = _is_by_hand(place, said, by_moves, serving)
        needs_move = place.kind is Kind.STATE and said != CANDIDATE
        if by_hand or needs_move or place in by_moves:
            serves = None if serving is None else serving.get(place)
            found.append(Unrecorded(place, said, by_moves.get(place), serves, by_hand))
    return tuple(found)


def read_unrecorded(connection: Connection, document: YamlDocument) -> tuple[Unrecorded, ...]:
    """The same, by what the database has: the moves, and the file that serves or did last."""
    return unrecorded(document, moves_of(connection), _serving(connection))


def _serving(connection: Connection) -> Standing | None:
    """None, too, for what an earlier release served with and this one cannot read."""
    now = active(connection)
    text = None if now is None else text_of(connection, now.digest)
    try:
        return None if text is None else standing(parse_yaml(text.models, text.models_file))
    except ConfigError:
        return None


def _is_by_hand(place: Place, said: str, by_moves: Standing, served: Standing | None) -> bool:
    """Of a place that is not as it was recorded, if it was."""
    if place.kind is Kind.STATE and by_moves.get(place) == RETIRED:
        return True
    if served is None:
        return place in by_moves
    if place in served:
        return served[place] != said
    return place in by_moves or (place.kind is Kind.STATE and said != CANDIDATE)
