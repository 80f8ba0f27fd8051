"""What roles may do, and who counts as two people."""

from __future__ import annotations

import pytest

from router.accounts.people.actor import Actor, different_people
from router.accounts.people.permissions import ROLES_OF, Permission, may, require
from router.domain import Role
from router.errors import RoleRequired


def actor(name: str, *roles: Role) -> Actor:
    return Actor(name, frozenset({Role.DEVELOPER, *roles}))


def test_every_permission_is_somebodys_and_no_developers() -> None:
    assert ROLES_OF.keys() == set(Permission)
    for roles in ROLES_OF.values():
        assert roles
        assert Role.DEVELOPER not in roles


def test_texts_are_for_the_auditor_alone() -> None:
    assert ROLES_OF[Permission.READ_TEXTS] == {Role.AUDITOR}


def test_who_may_not_is_told_who_may() -> None:
    require(actor("a", Role.ADMIN), Permission.MANAGE_KEYS)
    require(actor("a", Role.AUDITOR), Role.AUDITOR)
    with pytest.raises(RoleRequired, match="manage keys takes the role admin"):
        require(actor("a", Role.OPERATOR), Permission.MANAGE_KEYS)
    with pytest.raises(RoleRequired, match="auditor"):
        require(actor("a", Role.ADMIN), Role.AUDITOR)
    assert not may((), Permission.BREAK_GLASS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.author", "r.reviewer"),
        ("https://login.example#1", "https://login.example#2"),
        ("a.author", "https://login.example#r.reviewer"),
    ],
)
def test_two_people_are_two(first: str, second: str) -> None:
    assert different_people(actor(first), actor(second))
    assert different_people(actor(second), actor(first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.author", "a.author"),
        ("a.author", "A.Author "),
        ("Ann  Author", "ann author"),
        ("\uff41.author", "a.author"),  # a wide letter
        ("a.author", "https://login.example#a.author"),
        ("https://login.example#1", "https://other.example#1"),
        ("a.author", "key:0199d2c4"),
        ("key:1", "key:2"),
        ("os:ann", "r.reviewer"),
        ("cluster", "r.reviewer"),
    ],
)
def test_who_may_be_one_person_does_not_count_as_two(first: str, second: str) -> None:
    assert not different_people(actor(first), actor(second))
    assert not different_people(actor(second), actor(first))
