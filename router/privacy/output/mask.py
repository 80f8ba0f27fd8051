"""What was found in an answer, and the text with it taken out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from router.domain import DataClass


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A finding that counts. `start` and `end` are character offsets into the text scanned."""

    start: int
    end: int
    entity_type: str
    data_class: DataClass


@dataclass(frozen=True, slots=True)
class Region:
    """Text that goes as one, because hits overlap in it; named after the gravest, then longest."""

    start: int
    end: int
    entity_type: str

    @property
    def placeholder(self) -> str:
        return f"[{self.entity_type}]"


def regions_of(hits: Iterable[Hit]) -> list[Region]:
    """Regions in the order of the text, none overlapping another; empty hits are none."""
    clusters: list[list[Hit]] = []
    end = 0
    for hit in sorted(hits):
        if hit.end <= hit.start:
            continue
        if clusters and hit.start < end:
            clusters[-1].append(hit)
            end = max(end, hit.end)
        else:
            clusters.append([hit])
            end = hit.end
    return [_region(cluster) for cluster in clusters]


def masked(text: str, hits: Iterable[Hit]) -> str:
    """`text` with each region replaced by `[ENTITY_TYPE]`."""
    parts: list[str] = []
    done = 0
    for region in regions_of(hits):
        parts += [text[done : region.start], region.placeholder]
        done = region.end
    return "".join([*parts, text[done:]])


def _region(cluster: list[Hit]) -> Region:
    named = max(cluster, key=lambda hit: (hit.data_class, hit.end - hit.start, hit.entity_type))
    return Region(cluster[0].start, max(hit.end for hit in cluster), named.entity_type)
