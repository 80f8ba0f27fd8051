"""The key of a field says whether its value is somebody's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.detection.neural import fields
from serving.detection.neural.fields import Naming, Tables

NAME = "Adela Brzezicka"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f'{{"full_name": "{NAME}"}}', "full_name"),
        (f"<lastName>{NAME}</lastName>", "lastName"),
        (f"Vorname: {NAME}", "Vorname"),
        (f"retry=2 user={NAME} attempt=2", "user"),
        (f"  patientName = '{NAME}';", "patientName"),
        (f"id;nom;ville\n1;Leroux;Metz\n2;{NAME};Brest", "nom"),
        (f"id\tname\n7\t{NAME}", "name"),
        (f"INSERT INTO t (id, last_name, sku) VALUES (4, '{NAME}', 'A, 1')", "last_name"),
        (f"INSERT INTO t (sku, last_name) VALUES ('A, 1', '{NAME}')", "last_name"),
        (f"We met {NAME} yesterday, and left.", None),
    ],
)
def test_the_key_of_a_value_is_found_in_data_of_many_kinds(text: str, key: str | None) -> None:
    assert fields.key_of(text, text.index(NAME), Tables.of(text)) == key


@pytest.mark.parametrize(
    "key", ["first_name", "CustomerName", "Nome do cliente", "apellidos", "achternaam", "patient"]
)
def test_keys_of_peoples_names(key: str) -> None:
    assert fields.naming(key) is Naming.PERSON


@pytest.mark.parametrize("key", ["product", "city_2", "filePath", "query", "Titel", "version"])
def test_keys_of_things(key: str) -> None:
    assert fields.naming(key) is Naming.THING


def test_a_bare_name_may_be_that_of_a_tool_and_a_text_may_hold_anything() -> None:
    assert fields.naming("name") is Naming.NAME
    assert fields.naming("file_name") is Naming.UNKNOWN
    assert fields.naming("content") is Naming.UNKNOWN


@given(st.text(alphabet="ab,;\t\n\"'=:<>A {}", max_size=200), st.data())
def test_any_text_can_be_asked_about(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    tables = Tables.of(text)
    fields.key_of(text, start, tables)
    for value in fields.person_values("name: Ab\n" + text, Tables.of("name: Ab\n" + text)):
        assert value.start < value.end <= len(text) + 9
