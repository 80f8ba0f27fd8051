"""I9: sensitivity sticks, and nothing but a reviewed, expiring, recorded exception takes it off."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.domain import DataClass
from router.errors import ConfigError
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, CONFIDENTIAL, HARMLESS, RESTRICTED, chat
from tests.stack import Stack, running_stack

Edit = Callable[[dict[str, Any], dict[str, Any]], None]
TODAY = datetime.now(UTC).date()
CARD = "Charge 4111 1111 1111 1111 for it."


def excepted(
    *entity_types: str,
    name: str = "ticket-1",
    team: str = "default",
    paths: list[str] | None = None,
    ended_days_ago: int = -30,
) -> dict[str, Any]:
    entry = {
        "id": name,
        "team": team,
        "entity_types": list(entity_types),
        "lowers_to": "internal",
        "reason": "Our ticket addresses are nobody's.",
        "approved_by": ["A. Author", "R. Reviewer"],
        "approved_on": str(TODAY - timedelta(days=ended_days_ago + 60)),
        "expires": str(TODAY - timedelta(days=ended_days_ago)),
    }
    return entry | ({} if paths is None else {"paths": paths})


def policy_with(*exceptions: dict[str, Any], find_all: bool = True) -> Edit:
    def edit(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["detection"]["find_all"] = find_all
        policy["detection"]["entity_types"] |= {"US_SSN": "restricted"}
        policy["exceptions"] = list(exceptions)

    return edit


@pytest.fixture(scope="module")
def module_stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    """The default team's addresses are excepted everywhere, and its SSNs in tools."""
    edit = policy_with(
        excepted("EMAIL_ADDRESS"),
        excepted("US_SSN", name="ticket-2", paths=[".tools*"]),
        excepted("EMAIL_ADDRESS", name="old", team="late", ended_days_ago=1),
        find_all=False,
    )
    directory = tmp_path_factory.mktemp("exceptions")
    with running_stack(directory, providers=providers, edit=edit) as stack:
        yield stack


@pytest.fixture
def stack(module_stack: Stack) -> Stack:
    module_stack.reset()
    return module_stack


def asked(stack: Stack, body: dict[str, Any], **more: Any) -> tuple[str, list[str], bool]:
    """The class, the exceptions that the record names, and whether anything went outside."""
    before = len(stack.arrived_outside())
    answer = stack.post(CHAT, body, **more)
    assert answer.status_code == 200, answer.text
    request_id = answer.headers["x-ringfence-request-id"]
    record = stack.record(request_id, key=more.get("key"))
    assert record["data_class"] == answer.headers["x-ringfence-data-class"]
    return record["data_class"], record["exceptions"], len(stack.arrived_outside()) > before


def with_tool(text: str, description: str) -> dict[str, Any]:
    function = {"name": "f", "description": description, "parameters": {}}
    return chat(text, "balanced", tools=[{"type": "function", "function": function}])


def test_a_teams_false_positive_goes_outside_and_the_record_says_why(stack: Stack) -> None:
    assert asked(stack, chat(CONFIDENTIAL, "balanced")) == ("internal", ["ticket-1"], True)
    assert asked(stack, chat(HARMLESS, "balanced")) == ("internal", [], True)


def test_what_would_happen_is_explained_with_it(stack: Stack) -> None:
    explained = stack.post("/v1/route", chat(CONFIDENTIAL)).json()
    assert explained["data_class"] == "internal"
    assert explained["exceptions"] == ["ticket-1"]
    assert explained["entity_counts"] == {"EMAIL_ADDRESS": 1}


def test_another_teams_does_not(stack: Stack) -> None:
    key = stack.known_key(team="another")
    assert asked(stack, chat(CONFIDENTIAL, "balanced"), key=key) == ("confidential", [], False)


def test_an_expired_one_does_nothing(stack: Stack) -> None:
    key = stack.known_key(team="late")
    assert asked(stack, chat(CONFIDENTIAL, "balanced"), key=key) == ("confidential", [], False)


def test_whatever_else_is_in_the_request_keeps_its_class(stack: Stack) -> None:
    for other in (RESTRICTED, CARD):
        found = asked(stack, chat(f"{CONFIDENTIAL} {other}", "balanced"))
        assert found == ("restricted", ["ticket-1"], False)


def test_a_declared_class_and_a_keys_floor_keep_theirs(stack: Stack) -> None:
    declared = {"x-ringfence-data-class": "restricted"}
    body = chat(CONFIDENTIAL, "balanced")
    assert asked(stack, body, headers=declared) == ("restricted", ["ticket-1"], False)
    key = stack.known_key(floor=DataClass.CONFIDENTIAL)
    assert asked(stack, body, key=key) == ("confidential", ["ticket-1"], False)


def test_what_cannot_be_read_is_restricted_all_the_same(stack: Stack) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    parts = [{"type": "text", "text": CONFIDENTIAL}, image]
    answer = stack.post(CHAT, {"model": "auto", "messages": [{"role": "user", "content": parts}]})
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert stack.arrived_outside() == []


def test_one_that_is_limited_to_paths_holds_nowhere_else(stack: Stack) -> None:
    assert asked(stack, with_tool(HARMLESS, RESTRICTED)) == ("internal", ["ticket-2"], True)
    assert asked(stack, with_tool(RESTRICTED, HARMLESS)) == ("restricted", [], False)
    assert asked(stack, with_tool(RESTRICTED, RESTRICTED)) == ("restricted", ["ticket-2"], False)


def test_what_is_excepted_hides_nothing_that_stands_behind_it(stack: Stack) -> None:
    """A scan that ended at the excepted number would never come to the card."""
    found = asked(stack, with_tool(HARMLESS, f"{RESTRICTED} {CARD}"))
    assert found == ("restricted", ["ticket-2"], False)


@pytest.mark.parametrize("entity_type", ["CREDIT_CARD", "PASSWORD", "PRIVATE_KEY"])
def test_no_exception_for_secrets_and_cards_starts(
    own_stack: Callable[..., Stack], entity_type: str
) -> None:
    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["detection"]["entity_types"][entity_type] = "restricted"
        policy_with(excepted("EMAIL_ADDRESS", entity_type))(models, policy)

    with pytest.raises(ConfigError, match=f"{entity_type} may not be excepted"):
        own_stack(edit=edit)


class Restarts:
    """Gateways over one database, one after the other, each with other exceptions."""

    def __init__(self, directory: Path, providers: Mapping[str, SimulatorProcess]) -> None:
        self._directory, self._providers = directory, providers
        self._secret = secrets.token_bytes(32)

    def __call__(self, *exceptions: dict[str, Any], find_all: bool = True) -> Any:
        for provider in self._providers.values():
            provider.configure(completion_tokens=40)
            provider.clear()
        return running_stack(
            self._directory,
            providers=self._providers,
            root_secret=self._secret,
            edit=policy_with(*exceptions, find_all=find_all),
        )


@pytest.fixture
def restarted(tmp_path: Path, providers: Mapping[str, SimulatorProcess]) -> Iterator[Restarts]:
    yield Restarts(tmp_path, providers)
    for provider in providers.values():
        provider.configure()


def said(stack: Stack, *turns: str, **more: Any) -> str:
    """What the private model answers after these turns, the client's and its own in turn."""
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": turn} for n, turn in enumerate(turns)]
    answer = stack.post(CHAT, {"model": "private", "messages": messages}, **more)
    assert answer.status_code == 200
    return str(answer.json()["choices"][0]["message"]["content"])


def test_an_answer_tainted_by_a_false_positive_is_held_back_no_longer(restarted: Restarts) -> None:
    with restarted() as before:
        first = said(before, CONFIDENTIAL)
        assert asked(before, chat(first, "balanced")) == ("confidential", [], False)
    with restarted(excepted("EMAIL_ADDRESS")) as after:
        turns = [
            {"role": "user", "content": CONFIDENTIAL},
            {"role": "assistant", "content": first},
            {"role": "user", "content": "Thanks. And now?"},
        ]
        whole = {"model": "balanced", "messages": turns}
        assert asked(after, whole) == ("internal", ["ticket-1"], True)
        assert asked(after, chat(first, "balanced")) == ("internal", ["ticket-1"], True)
        other = after.known_key(team="another")
        assert asked(after, chat(CONFIDENTIAL, "balanced"), key=other)[0] == "confidential"
    with restarted(excepted("EMAIL_ADDRESS", ended_days_ago=1)) as later:
        assert asked(later, chat(first, "balanced")) == ("confidential", [], False)


def test_so_are_the_answers_to_the_turns_after_it(restarted: Restarts) -> None:
    """They were tainted by what the first one had been tainted by, and by nothing else."""
    with restarted() as before:
        first = said(before, CONFIDENTIAL)
        second = said(before, CONFIDENTIAL, first, "Thanks. And now?")
        third = said(before, second)
        assert asked(before, chat(third, "balanced")) == ("confidential", [], False)
    with restarted(excepted("EMAIL_ADDRESS")) as after:
        for answer in (second, third):
            assert asked(after, chat(answer, "balanced")) == ("internal", ["ticket-1"], True)


@pytest.mark.parametrize("find_all", [True, False])
def test_an_answer_that_was_tainted_by_something_else_as_well_is(
    restarted: Restarts, find_all: bool
) -> None:
    with restarted(find_all=find_all) as before:
        both = said(before, f"{CONFIDENTIAL} {RESTRICTED}")
        declared = said(before, CONFIDENTIAL, headers={"x-ringfence-data-class": "confidential"})
        floor = said(before, CONFIDENTIAL, key=before.known_key(floor=DataClass.CONFIDENTIAL))
    with restarted(excepted("EMAIL_ADDRESS")) as after:
        assert asked(after, chat(both, "balanced")) == ("restricted", [], False)
        assert asked(after, chat(declared, "balanced")) == ("confidential", [], False)
        assert asked(after, chat(floor, "balanced")) == ("confidential", [], False)


def test_an_exception_for_some_paths_does_not_release_what_was_answered(
    restarted: Restarts,
) -> None:
    with restarted() as before:
        answer = said(before, CONFIDENTIAL)
    with restarted(excepted("EMAIL_ADDRESS", paths=["*"])) as after:
        assert asked(after, chat(answer, "balanced")) == ("confidential", [], False)


def test_a_scan_that_stopped_early_does_not_know_what_an_answer_is_due_to(
    restarted: Restarts,
) -> None:
    """Behind the number that settled it may stand another one, which nobody excepted."""
    with restarted(find_all=False) as early:
        stopped = said(early, RESTRICTED)
    with restarted() as whole:
        searched = said(whole, RESTRICTED)
    with restarted(excepted("US_SSN")) as after:
        assert asked(after, chat(stopped, "balanced")) == ("restricted", [], False)
        assert asked(after, chat(searched, "balanced")) == ("internal", ["ticket-1"], True)
