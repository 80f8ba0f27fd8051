"""The key of a value in data: `"first_name": "…"`, `name=…`, `<name>…`, a table, an INSERT. Pure.

What a field is called says more about a short value than its words do.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_LOOK_BACK = 160
_MAX_LINE = 2000
_MAX_CELLS = 64

_KEY = r"[^\W\d_][\w .°-]{0,38}"
_BEFORE_VALUE = re.compile(
    rf"""(?: (?P<quote>\\?["'])(?P<json>{_KEY})(?P=quote)\s{{0,4}}(?::|=>|=)\s{{0,4}}\\?["']
        | <(?P<xml>[\w.:-]{{1,40}})(?:\s[^<>\n]{{0,60}})?>\s{{0,4}}
        | (?:^|[\n,;(\[{{\s])(?P<code>[\w.-]{{1,40}})\s{{0,2}}(?:=|:=|==)\s{{0,2}}["']?
        | (?:^|\n)[^\S\n]{{0,12}}(?:[-*]\s{{1,3}})?(?P<form>{_KEY}?)[^\S\n]{{0,3}}
          (?:[:=]|\t)[^\S\n]{{0,4}}["']?
        )\Z""",
    re.VERBOSE,
)
_VALUE = re.compile(r"[^\W\d_](?:[^\W\d_]|['’ -](?=[^\W\d_])|\.(?= ?[^\W\d_])){1,60}")  # noqa: RUF001
_VALUE_ENDS = re.compile(r"\\?[\"']|<|[^\S\n]*(?:[,;|\t\n\r)}\]]|\Z)|[^\S\n]+\w+[=:]")
_VALUE_BEGINS = re.compile(r"(?:[\"'>=:;,|\t]|[:=] )(?=[^\W\d_a-z])")
_A_NAME_KEY = re.compile(
    r"name|nom\b|prénom|apellido|nombre|cognome|sobrenome|apelido|naam|customer|patient|employee"
    r"|tenant|beneficiary|assignee|recipient|cardholder|applicant|signatory|contact|reporter|payee"
    r"|prenom|nome",
    re.IGNORECASE,
)
_SEPARATORS = "\t;|,"
_CELL_END = re.compile(r"[\t;|,\n]")
_INSERT = re.compile(
    r"\bINSERT\s{1,4}INTO\s{1,4}[\w.\"`]{1,80}\s{0,4}\((?P<columns>[^()]{1,600})\)\s{0,4}"
    r"VALUES\s{0,4}\((?P<before>(?:[^()']|'[^'\n]*'){0,1000})'\Z",
    re.IGNORECASE,
)
_SPLIT_KEY = re.compile(r"[^\w]+|_|(?<=[a-zß-ÿ])(?=[A-Z])|\d+")

_PARTS_OF_A_NAME = frozenset(
    word
    for line in (
        "vorname nachname familienname geburtsname prénom prenom apellido apellidos cognome",
        "sobrenome apelido voornaam achternaam surname forename firstname lastname fullname",
        "givenname familyname",
    )
    for word in line.split()
)
_NAME = frozenset(word for line in ("name nom nombre nome naam names",) for word in line.split())
_WHOSE = frozenset(
    word
    for line in (
        "first last given family full middle maiden sur fore customer client patient employee",
        "tenant person contact member holder cardholder recipient beneficiary applicant candidate",
        "guest student teacher passenger owner guardian spouse kunde kunden mitarbeiter inhaber",
        "empleado cliente paciente paziente dipendente empregado salarié klant medewerker patiënt",
        "titular legal birth signatory author reporter assignee famille familia família famiglia",
        "completo complet completa",
    )
    for word in line.split()
)
_PEOPLE = frozenset(
    word
    for line in (
        "customer patient employee tenant beneficiary assignee recipient cardholder applicant",
        "signatory contact reporter payee",
    )
    for word in line.split()
)
_THINGS = frozenset(
    word
    for line in (
        "product produkt producto produit prodotto produto artikel article artikelnummer item sku",
        "model brand marke marca marque merk city stadt ciudad ville città cidade stad town",
        "country land país pays paese title titel título titre titolo path file filename folder",
        "directory url uri query selection search function method class module package library",
        "tool command cmd branch commit version versie versión versione versão status state type",
        "kind category tag tags label labels topic subject betreff asunto objet oggetto assunto",
        "onderwerp language lang locale framework database table column key id host hostname",
        "service server region zone env color colour level event action operation format encoding",
        "genre team project company firma empresa entreprise société azienda bedrijf organisation",
        "organization",
    )
    for word in line.split()
)


class Naming(Enum):
    """What a field's key says of its value."""

    PERSON = "somebody's name"
    NAME = "a name of anybody or anything"
    THING = "no person"
    UNKNOWN = "nothing"


@dataclass(frozen=True, slots=True)
class Value:
    """`start:end` holds the whole value of a field whose key is that of a name."""

    start: int
    end: int
    naming: Naming


@dataclass(frozen=True, slots=True)
class Tables:
    """Where the rows of tables are in a text, and what their columns are called."""

    starts: tuple[int, ...]
    heads: tuple[tuple[str, tuple[str, ...]] | None, ...]

    @classmethod
    def of(cls, text: str) -> Tables:
        """Of neighbouring lines with as many separators, the first is the others' head."""
        starts: list[int] = []
        heads: list[tuple[str, tuple[str, ...]] | None] = []
        head, shape = None, ("", 0)
        for start, end in _lines(text):
            separator = _separator(text[start : min(end, start + _MAX_LINE)])
            count = text.count(separator, start, end) if separator else 0
            if separator is None or not 0 < count < _MAX_CELLS:
                head, shape = None, ("", 0)
                continue
            if shape != (separator, count):
                cells = tuple(cell.strip(" \"'") for cell in text[start:end].split(separator))
                head, shape = (separator, cells), (separator, count)
                starts.append(start)
                heads.append(None)
            else:
                starts.append(start)
                heads.append(head)
        return cls(tuple(starts), tuple(heads))

    def column(self, text: str, start: int) -> str | None:
        """The heading above the cell that begins at `start`."""
        number = bisect_right(self.starts, start) - 1
        head = self.heads[number] if number >= 0 else None
        if head is None or "\n" in text[self.starts[number] : start]:
            return None
        before = text[self.starts[number] : start].rstrip(" \"'")
        if before and before[-1] != head[0]:
            return None
        cell = head[1][min(before.count(head[0]), len(head[1]) - 1)]
        return cell if re.fullmatch(_KEY, cell) else None


def naming(key: str) -> Naming:
    """What a key says, in any spelling: `customer_name`, `CustomerName`, `Nome do cliente`."""
    words = [word for word in _SPLIT_KEY.split(key) if word]
    words = [word.lower() for word in words]
    if any(word in _PARTS_OF_A_NAME for word in words):
        return Naming.PERSON
    if any(word in _NAME for word in words):
        if any(word in _WHOSE for word in words):
            return Naming.PERSON
        return Naming.NAME if len(words) == 1 or "cognome" in words else Naming.UNKNOWN
    if len(words) == 1 and words[0] in _PEOPLE:
        return Naming.PERSON
    return Naming.THING if any(word in _THINGS for word in words) else Naming.UNKNOWN


def key_of(text: str, start: int, tables: Tables) -> str | None:
    """The key of the value that begins at `start`; None where there is none to see."""
    column = tables.column(text, start)
    if column is not None:
        return column
    found = _BEFORE_VALUE.search(text, max(0, start - _LOOK_BACK), start)
    if found is None:
        return _inserted(text, start)
    return found["json"] or found["xml"] or found["code"] or found["form"]


def person_values(text: str, tables: Tables) -> Iterator[Value]:
    """The values that fill a field for somebody's name from end to end."""
    if not _A_NAME_KEY.search(text):
        return
    for found in _VALUE_BEGINS.finditer(text):
        start = found.end()
        value = _VALUE.match(text, start)
        if value is None or _VALUE_ENDS.match(text, value.end()) is None:
            continue
        key = key_of(text, start, tables)
        said = Naming.UNKNOWN if key is None else naming(key)
        if said in {Naming.PERSON, Naming.NAME}:
            yield Value(start, value.end(), said)


def _separator(line: str) -> str | None:
    return next((one for one in _SEPARATORS if one in line), None)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _inserted(text: str, start: int) -> str | None:
    found = _INSERT.search(text, max(0, start - 1600), start)
    if found is None:
        return None
    columns = [column.strip(" \"`'\n") for column in found["columns"].split(",")]
    number = re.sub(r"'[^'\n]*'", "", found["before"]).count(",")
    return columns[number] if number < len(columns) else None
