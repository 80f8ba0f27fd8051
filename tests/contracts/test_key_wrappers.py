"""What every `KeyWrapper` promises, wherever its master key is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.audit.vault.errors import KeyUnavailable
from router.audit.vault.master_keys import VARIABLE
from router.audit.vault.rules import VaultRules
from router.audit.vault.subjects import SubjectNames
from router.audit.vault.vault import Vault
from router.audit.vault.wrapping import (
    EnvironmentKeyWrapper,
    FileKeyWrapper,
    KeyRing,
    KeyWrapper,
    Wrapped,
)
from router.domain import (
    Basis,
    Classification,
    DataClass,
    Endpoint,
    InferenceRequest,
    Principal,
)
from router.errors import TextNotKept
from router.ids import new_id
from router.store.database import connect
from router.store.writer import Writer
from serving.kms.chosen import kept_elsewhere, key_ring
from serving.kms.transit import RENEW_AFTER_S, RETRY_INTERVAL_S, TransitKeyWrapper
from serving.kms.transit_client import TransitClient
from serving.kms.transit_settings import transit_settings
from serving.simulator.transit import TransitSimulator
from tests.unit.clock import ManualClock

TOKEN = "hvs.a-token-of-the-test"
KEY = b"k" * 32


@dataclass
class Transit:
    """A Transit engine, and wrappers over it; each a process's own."""

    simulator: TransitSimulator
    token_file: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(1_000.0))

    def environ(self, key: str = "ringfence") -> dict[str, str]:
        return {
            "RINGFENCE_VAULT_TRANSIT_ADDR": self.simulator.address,
            "RINGFENCE_VAULT_TRANSIT_KEY": key,
            "RINGFENCE_VAULT_TRANSIT_TOKEN_FILE": str(self.token_file),
        }

    def wrapper(self, key: str = "ringfence") -> TransitKeyWrapper:
        settings = transit_settings(self.environ(key))
        assert settings is not None
        return TransitKeyWrapper(TransitClient(settings), key, self.clock)

    @property
    def asked(self) -> dict[str, int]:
        return self.simulator.asked


@pytest.fixture
def transit(tmp_path: Path) -> Iterator[Transit]:
    token_file = tmp_path / "token"
    token_file.touch(0o600)
    token_file.write_text(f"{TOKEN}\n")
    with TransitSimulator(TOKEN) as simulator:
        for key in ("ringfence", "another"):
            simulator.engine.create(key)
        yield Transit(simulator, token_file)


@dataclass
class Case:
    """Wrappers of one kind: `again` has the same master key, `other` another one."""

    wrapper: KeyWrapper
    again: Callable[[], KeyWrapper]
    other: KeyWrapper


@pytest.fixture(params=["file", "environment", "transit"])
def case(request: pytest.FixtureRequest) -> Case:
    match request.param:
        case "file":
            return Case(
                FileKeyWrapper(b"m" * 32),
                lambda: FileKeyWrapper(b"m" * 32),
                FileKeyWrapper(b"n" * 32),
            )
        case "environment":
            environ = {"A": "ab" * 32, "B": "cd" * 32}
            return Case(
                EnvironmentKeyWrapper(environ, "A"),
                lambda: EnvironmentKeyWrapper(environ, "A"),
                EnvironmentKeyWrapper(environ, "B"),
            )
    transit: Transit = request.getfixturevalue("transit")
    return Case(transit.wrapper(), transit.wrapper, transit.wrapper("another"))


def test_what_is_wrapped_comes_back_from_it_and_from_another_with_the_same_master_key(
    case: Case,
) -> None:
    wrapped = case.wrapper.wrap("key-1", KEY)
    assert KEY not in wrapped.sealed
    assert wrapped.by == case.wrapper.key_id
    assert len(wrapped.by) <= 64
    for wrapper in (case.wrapper, case.again(), KeyRing(case.wrapper)):
        assert wrapper.unwrap("key-1", wrapped) == KEY


def test_no_key_is_wrapped_twice_alike(case: Case) -> None:
    assert case.wrapper.wrap("key-1", KEY) != case.wrapper.wrap("key-1", KEY)


def test_a_key_belongs_to_its_row(case: Case) -> None:
    with pytest.raises(KeyUnavailable):
        case.wrapper.unwrap("key-2", case.wrapper.wrap("key-1", KEY))


def test_another_master_key_is_of_no_use(case: Case) -> None:
    wrapped = case.wrapper.wrap("key-1", KEY)
    for by in (wrapped.by, case.other.key_id):
        with pytest.raises(KeyUnavailable):
            case.other.unwrap("key-1", Wrapped(by, wrapped.sealed))


def test_what_was_changed_or_cut_off_is_no_key(case: Case) -> None:
    wrapped = case.wrapper.wrap("key-1", KEY)
    for at in (0, 1, 5, 40, len(wrapped.sealed) - 1):
        changed = bytearray(wrapped.sealed)
        changed[at] ^= 1
        for sealed in (bytes(changed), wrapped.sealed[:at]):
            with pytest.raises(KeyUnavailable):
                case.wrapper.unwrap("key-1", Wrapped(wrapped.by, sealed))


def test_neither_keys_nor_tokens_are_shown(case: Case) -> None:
    said = repr((case.wrapper, case.wrapper.wrap("key-1", KEY)))
    for secret in (TOKEN, repr(KEY), "ab" * 32, repr(b"m" * 32)):
        assert secret not in said


def test_a_thousand_keys_cost_transit_one_question(transit: Transit) -> None:
    wrapper = transit.wrapper()
    wrapped = [wrapper.wrap(f"key-{n}", KEY) for n in range(1_000)]
    for n, each in enumerate(wrapped):
        assert wrapper.unwrap(f"key-{n}", each) == KEY
    assert transit.asked == {"datakey/plaintext": 1}
    restarted = transit.wrapper()
    for n, each in enumerate(wrapped):
        assert restarted.unwrap(f"key-{n}", each) == KEY
    assert transit.asked == {"datakey/plaintext": 1, "decrypt": 1}


@pytest.mark.parametrize("outage", ["stopped", "sealed", "token"])
def test_an_outage_stops_nothing_that_is_in_memory_and_ends_by_itself(
    transit: Transit, outage: str
) -> None:
    wrapper = transit.wrapper()
    known = wrapper.wrap("key-1", KEY)
    elsewhere = transit.wrapper().wrap("key-2", KEY)
    match outage:
        case "stopped":
            transit.simulator.stop()
        case "sealed":
            transit.simulator.sealed = True
        case "token":
            transit.token_file.write_text("revoked")
    transit.clock.advance(RENEW_AFTER_S)  # and it cannot be renewed
    assert wrapper.unwrap("key-1", known) == KEY
    assert wrapper.unwrap("key-3", wrapper.wrap("key-3", KEY)) == KEY
    for unavailable in (
        lambda: wrapper.unwrap("key-2", elsewhere),
        lambda: transit.wrapper().wrap("key-4", KEY),
        lambda: transit.wrapper().key_id,
    ):
        with pytest.raises(KeyUnavailable) as said:
            unavailable()
        assert TOKEN not in str(said.value)
    if outage == "stopped":
        transit.simulator.start()
    transit.simulator.sealed = False
    transit.token_file.write_text(TOKEN)
    transit.clock.advance(RETRY_INTERVAL_S)
    assert wrapper.unwrap("key-2", elsewhere) == KEY


def test_while_transit_does_not_answer_it_is_not_asked_for_every_request(
    transit: Transit,
) -> None:
    wrapper = transit.wrapper()
    transit.simulator.stop()
    for _ in range(2):
        with pytest.raises(KeyUnavailable):
            wrapper.wrap("key-1", KEY)
    transit.simulator.start()
    with pytest.raises(KeyUnavailable, match="a moment ago"):
        wrapper.wrap("key-1", KEY)
    transit.clock.advance(RETRY_INTERVAL_S)
    assert wrapper.unwrap("key-1", wrapper.wrap("key-1", KEY)) == KEY


def test_a_new_version_of_the_key_wraps_after_a_day_and_the_old_one_can_then_be_destroyed(
    transit: Transit,
) -> None:
    wrapper = transit.wrapper()
    before = wrapper.wrap("key-1", KEY)
    transit.simulator.engine.rotate("ringfence")
    assert wrapper.wrap("key-2", KEY).by == before.by
    transit.clock.advance(RENEW_AFTER_S)
    after = wrapper.wrap("key-2", KEY)
    assert (before.by, after.by) == ("transit:ringfence:v1", "transit:ringfence:v2")
    again = wrapper.wrap("key-1", wrapper.unwrap("key-1", before))  # as `rewrap` does
    transit.simulator.engine.retire("ringfence")
    restarted = transit.wrapper()
    assert restarted.unwrap("key-1", again) == KEY
    with pytest.raises(KeyUnavailable):
        restarted.unwrap("key-1", before)
    # Refused is not unreachable: others are asked for at once.
    assert restarted.unwrap("key-2", after) == KEY


@given(sealed=st.binary(max_size=200), by=st.sampled_from(["transit:ringfence:v1", "file:00"]))
def test_garbage_in_the_database_is_no_key_and_asks_nobody(sealed: bytes, by: str) -> None:
    environ = {
        "RINGFENCE_VAULT_TRANSIT_ADDR": "https://nobody.invalid",
        "RINGFENCE_VAULT_TRANSIT_KEY": "ringfence",
        "RINGFENCE_VAULT_TRANSIT_TOKEN_FILE": os.devnull,
    }
    settings = transit_settings(environ)
    assert settings is not None
    wrapper = TransitKeyWrapper(TransitClient(settings), "ringfence", ManualClock(0.0))
    with pytest.raises(KeyUnavailable):
        wrapper.unwrap("key-1", Wrapped(by, sealed))


def test_where_transit_is_set_up_it_wraps_and_what_files_have_wrapped_is_still_read(
    transit: Transit, tmp_path: Path
) -> None:
    (tmp_path / "vault.key").write_bytes(b"m" * 32)
    before = key_ring(tmp_path, {}).wrap("key-1", KEY)
    environ = transit.environ() | {VARIABLE: "ab" * 32}
    ring = key_ring(tmp_path, environ)
    assert transit.asked == {}  # a gateway starts without it
    assert ring.wrap("key-2", KEY).by == "transit:ringfence:v1"
    environment = EnvironmentKeyWrapper(environ, VARIABLE).wrap("key-3", KEY)
    assert ring.unwrap("key-1", before) == ring.unwrap("key-3", environment) == KEY
    assert kept_elsewhere(environ) == "RINGFENCE_VAULT_TRANSIT_ADDR"
    assert kept_elsewhere({}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADDR", "http://vault.example.com:8200"),
        ("ADDR", "https://user:secret@vault.example.com"),
        ("ADDR", "vault.example.com"),
        ("ADDR", "https://vault.example.com/v1/transit"),
        ("KEY", ""),
        ("KEY", "../sys/seal"),
        ("TOKEN_FILE", ""),
        ("MOUNT", "../sys"),
    ],
)
def test_half_a_setting_does_not_start_and_names_its_variable(name: str, value: str) -> None:
    variable = f"RINGFENCE_VAULT_TRANSIT_{name}"
    environ = {
        "RINGFENCE_VAULT_TRANSIT_ADDR": "https://vault.example.com:8200",
        "RINGFENCE_VAULT_TRANSIT_KEY": "ringfence",
        "RINGFENCE_VAULT_TRANSIT_TOKEN_FILE": "token",
    }
    assert transit_settings(environ) is not None
    with pytest.raises(ValueError, match=variable) as refused:
        transit_settings(environ | {variable: value})
    assert "secret" not in str(refused.value)


def test_without_its_master_key_a_request_is_refused_and_told_to_come_again(
    transit: Transit, tmp_path: Path
) -> None:
    transit.simulator.stop()
    engine = connect(f"sqlite:///{tmp_path / 'test.db'}")
    vault = Vault(
        engine=engine,
        writer=Writer(engine),
        rules=VaultRules(),
        wrapper=transit.wrapper(),
        subjects=SubjectNames(b"s" * 32),
        clock=transit.clock,
    )
    request = InferenceRequest(new_id(), Endpoint.CHAT, {"messages": []}, "auto", False)
    principal = Principal("k", "claims", DataClass.PUBLIC, frozenset())
    found = Classification(DataClass.PUBLIC, (Basis.DEFAULT,), (), "detector/1")
    with pytest.raises(TextNotKept) as refused:
        asyncio.run(vault.seal_input(request, principal, found))
    assert refused.value.retry_after_s
    engine.dispose()
