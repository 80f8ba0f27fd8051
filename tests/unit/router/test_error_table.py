"""Every error that a client can get has a row in the one table."""

from __future__ import annotations

import pickle

import pytest

import router.errors
from router.error_table import ERROR_TABLE, INTERNAL, row_of
from router.errors import RequestError, RingfenceError


def leaves(kind: type[RingfenceError]) -> list[type[RingfenceError]]:
    below = kind.__subclasses__()
    return [kind, *(leaf for each in below for leaf in leaves(each))]


@pytest.mark.parametrize("kind", leaves(RequestError)[1:])
def test_every_request_error_has_a_row(kind: type[RequestError]) -> None:
    assert kind in ERROR_TABLE


@pytest.mark.parametrize("kind", leaves(RingfenceError)[1:])
def test_the_docstring_draws_every_error(kind: type[RingfenceError]) -> None:
    assert kind.__name__ in (router.errors.__doc__ or "")


@pytest.mark.parametrize("kind", ERROR_TABLE)
def test_the_docstring_has_the_status_of_the_table(kind: type[RequestError]) -> None:
    line = next(
        line
        for line in (router.errors.__doc__ or "").splitlines()
        if f"─ {kind.__name__} " in f"{line} "
    )
    assert str(ERROR_TABLE[kind].http_status) in line


@pytest.mark.parametrize("kind", ERROR_TABLE)
def test_request_errors_survive_pickling(kind: type[RequestError]) -> None:
    error = pickle.loads(pickle.dumps(kind("why", "model", 5)))
    assert (error.message, error.param, error.retry_after_s) == ("why", "model", 5)


def test_what_nobody_foresaw_is_an_internal_error() -> None:
    assert row_of(ValueError("a prompt")) is INTERNAL
