"""Every way an attempt can fail has a row, and only one."""

from __future__ import annotations

import pickle

import pytest

from router.cascade.failures import REACTIONS, reaction_to
from router.errors import BackendFailure


def kinds_of(kind: type[BackendFailure]) -> list[type[BackendFailure]]:
    return [kind, *(deeper for below in kind.__subclasses__() for deeper in kinds_of(below))]


@pytest.mark.parametrize("kind", kinds_of(BackendFailure)[1:])
def test_every_failure_has_a_reaction(kind: type[BackendFailure]) -> None:
    assert kind in REACTIONS


@pytest.mark.parametrize("kind", REACTIONS)
def test_failures_cross_processes_whole(kind: type[BackendFailure]) -> None:
    failure = pickle.loads(pickle.dumps(kind("status 429", 3.0)))
    assert (type(failure), failure.message, failure.retry_after_s) == (kind, "status 429", 3.0)


def test_a_failure_without_a_row_is_a_mistake_and_not_a_guess() -> None:
    with pytest.raises(KeyError):
        reaction_to(BackendFailure("?"))
