"""`ringfence compliance`: which model may see which data class, for an auditor."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from router.domain import DataClass, JsonObject
from router.lifecycle.registers.files import as_csv
from router.policy.load import load_rules
from router.registry.compliance import MatrixRow, compliance_matrix
from serving.cli.options import MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import cures, out, print_json
from serving.cli.particulars import particulars
from serving.cli.today import day_of

_LABELS = [data_class.label for data_class in DataClass]
_COLUMNS = ("model", "location", "residency", "lifecycle", "certifications", *_LABELS)


class Format(StrEnum):
    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


def compliance(
    shape: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    on: Annotated[str | None, typer.Option(help="The day, as YYYY-MM-DD; today in UTC.")] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """Print the compliance matrix of a day: every model and data class, allowed or why not.

    What expires, such as a certification or a contract, narrows it from the day after. A team may
    be allowed less: tiers, routes and `external_use` are the policy's.

    Example: ringfence compliance --format markdown --on 2026-12-31
    """
    day = day_of(on)
    with cures():
        rules = load_rules(models, policy)
    rows = compliance_matrix(rules.registry, rules.policy.residency, day)
    match Format.JSON if as_json else shape:
        case Format.JSON:
            print_json({"on": day.isoformat(), "models": [_as_json(row) for row in rows]})
        case Format.CSV:
            typer.echo(as_csv([dict(_cells(row)) for row in rows]).decode(), nl=False)
        case Format.MARKDOWN:
            typer.echo(_markdown(rows, day), nl=False)
        case Format.TABLE:
            _print_table(rows)


def _print_table(rows: tuple[MatrixRow, ...]) -> None:
    """What each model may see at a glance, and below it why not; fits 80 columns."""
    table = Table(box=None)
    table.add_column("model", overflow="fold")
    for column in _LABELS:
        table.add_column(column, no_wrap=True)
    for row in rows:
        allowed = ("yes" if cell.is_allowed else "no" for cell in row.cells)
        table.add_row(escape(row.model), *allowed)
    out.print(table)
    for row in rows:
        out.print(f"\n{row.model}", markup=False)
        out.print(_particulars(row))


def _particulars(row: MatrixRow) -> Table:
    said = dict(_cells(row))
    names = ("location", "residency", "lifecycle", "certifications")
    why_not = [
        (f"not {cell.data_class.label}", "; ".join(cell.reasons).replace("_", " "))
        for cell in row.cells
    ]
    return particulars([*((name, said[name]) for name in names), *why_not])


def _markdown(rows: tuple[MatrixRow, ...], day: date) -> str:
    lines = [f"Compliance matrix on {day}", ""]
    for cells in (_COLUMNS, ["---"] * len(_COLUMNS), *(dict(_cells(r)).values() for r in rows)):
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cells(row: MatrixRow) -> list[tuple[str, str]]:
    values = [
        row.model,
        row.location,
        ", ".join(row.residency),
        row.lifecycle,
        ", ".join(row.certifications),
        *("yes" if cell.is_allowed else f"no: {'; '.join(cell.reasons)}" for cell in row.cells),
    ]
    return list(zip(_COLUMNS, values, strict=True))


def _as_json(row: MatrixRow) -> JsonObject:
    return {
        "model": row.model,
        "location": row.location,
        "residency": [*row.residency],
        "lifecycle": row.lifecycle,
        "certifications": [*row.certifications],
        "data_classes": {
            cell.data_class.label: {"allowed": cell.is_allowed, "reasons": [*cell.reasons]}
            for cell in row.cells
        },
    }
