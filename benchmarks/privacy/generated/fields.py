"""The same fields as a form, a table, JSON, XML, a query, a programme, settings, a log."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.privacy.generated.compose import Composed, join
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.language import Language
from benchmarks.privacy.generated.values import Value

_LEVELS = ("INFO", "WARN", "ERROR", "DEBUG")
_SERVICES = ("payments-api", "onboarding", "crm-sync", "mailer", "claims", "batch-export")
_CHECKED = ("checksum", "length", "format", "encoding")


@dataclass(frozen=True, slots=True)
class Field:
    """`key` is what programmes call it, `label` what forms do."""

    key: str
    label: str
    value: Value


Renderer: TypeAlias = Callable[[Draw, Language, list[Field]], Composed]


def slug(label: str) -> str:
    """`n° de sécu` → `n_de_secu`; what has no Latin letters is `number`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "_".join(words) or "number"


def _whole(field: Field, escape: Callable[[str], str] | None = None) -> Composed:
    value = field.value
    if escape is not None:
        value = Value(escape(value.text), value.entity_type, value.label)
    return Composed.whole(value)


def json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _flat(text: str) -> str:
    return text.replace("\n", "\\n")


def _cell(text: str) -> str:
    return _flat(text).replace(",", " ").replace('"', "'")


def _quoted_sql(text: str) -> str:
    return _flat(text).replace("'", "''")


def _stamp(draw: Draw) -> str:
    clock = f"{draw.below(24):02d}:{draw.below(60):02d}:{draw.below(60):02d}"
    return f"2025-{draw.between(1, 12):02d}-{draw.between(1, 28):02d}T{clock}.{draw.digits(3)}Z"


def form(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    """Label and value on each line, as in a KYC form."""
    separator = draw.of((": ", " : ", "\t", " = ", ": "))
    lines = [Composed(f"{field.label}{separator}") + _whole(field) for field in fields]
    return Composed(f"{lang.labels['form']}\n\n") + join("\n", lines)


def csv_table(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    separator = draw.of((",", ";", "\t"))
    header = separator.join(["id", *(field.key for field in fields), "status"])
    cells = [_whole(field, _cell) for field in fields]
    row = join(separator, [Composed(draw.digits(4)), *cells, Composed("active")])
    return Composed(f"{header}\n") + row


def json_document(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    entries = [
        Composed(f'    "{field.key}": "') + _whole(field, json_text) + '"' for field in fields
    ]
    head = f'{{\n  "type": "record",\n  "revision": {draw.between(1, 99)},\n  "data": {{\n'
    return Composed(head) + join(",\n", entries) + "\n  }\n}"


def xml_document(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    def escape(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;")

    lines = [
        Composed(f"  <{field.key}>") + _whole(field, escape) + f"</{field.key}>" for field in fields
    ]
    return Composed(f'<record rev="{draw.between(1, 99)}">\n') + join("\n", lines) + "\n</record>"


def sql(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    table = draw.of(("customers", "contacts", "accounts", "claims"))
    if draw.chance(0.5):
        columns = ", ".join(field.key for field in fields)
        values = [Composed("'") + _whole(field, _quoted_sql) + "'" for field in fields]
        head = f"-- {draw.of(lang.comments)}\nINSERT INTO {table} ({columns}) VALUES ("
        return Composed(head) + join(", ", values) + ");"
    tests = [Composed(f"{field.key} = '") + _whole(field, _quoted_sql) + "'" for field in fields]
    head = f"SELECT id, status FROM {table}\nWHERE "  # noqa: S608  # never executed
    return Composed(head) + join("\n  AND ", tests) + "\nORDER BY id LIMIT 20;"


def code(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    escape = json_text
    if draw.chance(0.5):
        lines = [
            Composed(f'    "{field.key}": "') + _whole(field, escape) + '",' for field in fields
        ]
        head = f"# {draw.of(lang.comments)}\ndef load(client):\n    record = {{\n    "
        body = join("\n    ", lines)
        tail = "\n    }\n    return client.post('/v2/records', json=record, timeout=10)"
        return Composed(head) + body + tail
    lines = [
        Composed(f'  const {field.key} = "') + _whole(field, escape) + '";' for field in fields
    ]
    head = f"// {draw.of(lang.comments)}\nexport async function run(api) {{\n"
    keys = ", ".join(field.key for field in fields)
    return Composed(head) + join("\n", lines) + f"\n  return api.save({{ {keys} }});\n}}"


def config(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    style = draw.below(3)
    if style == 0:
        lines = [Composed(f"{field.key.upper()}=") + _whole(field, _flat) for field in fields]
        return Composed(f"# {draw.of(lang.comments)}\nLOG_LEVEL=info\n") + join("\n", lines)
    if style == 1:
        lines = [Composed(f'  {field.key}: "') + _whole(field, json_text) + '"' for field in fields]
        head = f"# {draw.of(lang.comments)}\nservice:\n  replicas: {draw.between(1, 9)}\n"
        return Composed(head) + join("\n", lines)
    lines = [Composed(f'{field.key} = "') + _whole(field, json_text) + '"' for field in fields]
    return Composed(f"[defaults]\nretries = {draw.between(1, 9)}\n") + join("\n", lines)


def log(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    service = draw.of(_SERVICES)

    def line(rest: Composed) -> Composed:
        return Composed(f"{_stamp(draw)} {draw.of(_LEVELS)} {service} ") + rest

    said = join(" ", [Composed(f"{f.key}=") + _whole(f, _flat) for f in fields])
    lines = [
        line(Composed(f"request started id={draw.text('0123456789abcdef', 16)}")),
        line(Composed("validation failed ") + said + f" attempt={draw.between(1, 5)}"),
        line(Composed(f"request finished status=422 duration_ms={draw.between(3, 900)}")),
    ]
    return join("\n", lines)


def stack_trace(draw: Draw, lang: Language, fields: list[Field]) -> Composed:
    check = draw.of(_CHECKED)
    said = join(", ", [Composed(f"{f.key}='") + _whole(f, _flat) + "'" for f in fields])
    head = (
        "Traceback (most recent call last):\n"
        f'  File "/srv/app/handlers.py", line {draw.between(10, 400)}, in handle\n'
        "    record = parse(payload)\n"
        f'  File "/srv/app/parsing.py", line {draw.between(10, 400)}, in parse\n'
        f"    check_{check}(value)\n"
        f"ValueError: {check} mismatch for "
    )
    return Composed(head) + said


RENDERERS: Mapping[str, Renderer] = {
    "kyc_form": form,
    "csv": csv_table,
    "json": json_document,
    "sql": sql,
    "code": code,
    "config": config,
    "log": log,
    "stack_trace": stack_trace,
}
