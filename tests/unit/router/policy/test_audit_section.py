"""`audit` in policy.yaml: every minute by default, and second places that can be one."""

from __future__ import annotations

from typing import Any

import pytest
from policy_tables import LABELS, model, policy, refused, rules_of

from router.audit.log.rules import AuditRules, FilePlace, HttpPlace, SyslogPlace

MODELS = [model("home", on_prem=True, approved=LABELS)]
FILE = {"kind": "file", "path": "/mnt/witness/checkpoints"}
HTTP = {"kind": "http", "url": "https://witness.example/checkpoints"}
SYSLOG = {"kind": "syslog", "address": "udp://syslog.example:514"}


def written(**audit: Any) -> dict[str, Any]:
    made: dict[str, Any] = policy(
        {"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS}
    )
    return made | ({"audit": audit} if audit else {})


def test_without_a_word_the_log_is_signed_every_minute_and_stays_here() -> None:
    assert rules_of(MODELS, written()).policy.audit == AuditRules(60.0, ())


def test_places_are_what_was_written() -> None:
    http = HTTP | {"ca_file": "/etc/ca.pem", "token_file": "/run/secrets/token"}
    rules = rules_of(MODELS, written(checkpoint_interval_s=10, publish=[FILE, http, SYSLOG]))
    assert rules.policy.audit == AuditRules(
        10.0,
        (
            FilePlace("/mnt/witness/checkpoints"),
            HttpPlace("https://witness.example/checkpoints", "/etc/ca.pem", "/run/secrets/token"),
            SyslogPlace("udp://syslog.example:514"),
        ),
    )


@pytest.mark.parametrize(
    "address",
    ["udp://10.0.0.1:514", "tcp://[2001:db8::1]:601", "unix:///dev/log", "tcp://log-1.example:1"],
)
def test_addresses_of_a_syslog(address: str) -> None:
    rules = rules_of(MODELS, written(publish=[{"kind": "syslog", "address": address}]))
    assert rules.policy.audit.publish == (SyslogPlace(address),)


@pytest.mark.parametrize(
    "place",
    [
        {"kind": "carrier-pigeon"},
        FILE | {"path": "checkpoints"},
        FILE | {"path": "/"},
        HTTP | {"url": "http://witness.example/"},
        HTTP | {"url": "https://user:password@witness.example/"},
        HTTP | {"url": "https://witness.example/?token=secret"},
        HTTP | {"url": "https://witness.example:70000/"},
        HTTP | {"url": "https://witness.example:0/"},
        HTTP | {"verify": False},
        HTTP | {"token": "in the policy, where everybody reads it"},
        SYSLOG | {"address": "syslog.example"},
        SYSLOG | {"address": "udp://syslog.example"},
        SYSLOG | {"address": "udp://syslog.example:0"},
        SYSLOG | {"address": "udp://syslog.example:99999"},
        SYSLOG | {"address": "unix://dev"},
    ],
)
def test_what_cannot_be_sent_to_does_not_start(place: dict[str, Any]) -> None:
    assert refused(MODELS, written(publish=[place]))


def test_a_place_is_named_once() -> None:
    problem = refused(MODELS, written(publish=[FILE, SYSLOG, FILE]))
    assert "twice" in str(problem)


@pytest.mark.parametrize("interval_s", [0, 0.5, 61, 3_600])
def test_a_minute_is_the_longest_that_nothing_is_signed(interval_s: float) -> None:
    assert refused(MODELS, written(checkpoint_interval_s=interval_s))
