"""Prices: per token as they are written, or per hour of a GPU and a record of its throughput."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Price
from router.errors import ConfigProblem
from router.registry.card import RecordReference
from router.registry.records import RecordProblem, read_referenced
from router.registry.schema import ModelEntry, PriceEntry
from router.registry.throughput import throughput_of, token_price


def check_price(
    entry: ModelEntry, path: KeyPath, document: YamlDocument, directory: Path
) -> Iterator[ConfigProblem]:
    """Exactly one price must follow from what is written."""
    here = (*path, "price")
    price = entry.price
    per_token = ("input_usd_per_mtok", "output_usd_per_mtok")
    if price.throughput_record is None:
        for name in per_token:
            if getattr(price, name) is None:
                until = " until there is a `throughput_record`" if price.gpu_hour_usd else ""
                yield document.problem(
                    here, f"`{name}` of {entry.id} is missing{until}", f"add the key `{name}`"
                )
        return
    for name in per_token:
        if getattr(price, name) is not None:
            yield document.problem(
                (*here, name),
                f"{entry.id} has a price per token beside the record that it follows from",
                f"remove `{name}`, or `throughput_record`",
            )
    if price.gpu_hour_usd is None:
        yield document.problem(
            here, f"`gpu_hour_usd` of {entry.id} is missing", "add the key `gpu_hour_usd`"
        )
    elif not any(getattr(price, name) is not None for name in per_token):
        try:
            entry_price(price, directory)
        except RecordProblem as problem:
            yield document.problem((*here, "throughput_record"), str(problem), problem.cure)


def entry_price(price: PriceEntry, directory: Path) -> Price:
    """The price per token. Raises RecordProblem; reads the record of throughput, if there is one.

    Says nothing of what `check_price` has something against.
    """
    if price.throughput_record is None:
        return Price(price.input_usd_per_mtok or 0.0, price.output_usd_per_mtok or 0.0)
    said = price.throughput_record
    record = read_referenced(RecordReference(directory / said.record, said.sha256))
    return token_price(price.gpu_hour_usd or 0.0, throughput_of(record))
