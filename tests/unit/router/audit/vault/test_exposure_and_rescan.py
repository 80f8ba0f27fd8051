"""What went out and to whom; and what a newer detector finds in what was kept."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from vault_case import ADMIN, AUDITOR, DAY_S, Room

from router.audit.tables import outcomes
from router.audit.vault.exposure import Outside, exposure
from router.audit.vault.rescan import Range, Rescanner
from router.audit.vault.rules import VaultRules
from router.domain import (
    Attempt,
    Capability,
    DataClass,
    Dialect,
    Location,
    ModelSpec,
    PlanStep,
    Price,
    Usage,
)
from router.errors import RoleRequired
from router.privacy.rules import DetectionRules
from serving.detection.fake import MARKER, FakePatternDetector

ORIGIN = "https://api.example.com"
OUTSIDE = Outside(frozenset({ORIGIN}), frozenset({"outside@1"}))
INSIDE = Attempt("private@1", None, "answered", 0.1)
ANSWERED = Attempt("outside@1", None, "answered", 0.1, ORIGIN)
EVER = (0.0, 1e12)
RULES = DetectionRules(
    default_class=DataClass.INTERNAL,
    team_floors={},
    entity_classes={"EMAIL_ADDRESS": DataClass.CONFIDENTIAL},
    min_score=0.5,
    max_characters=1_000,
)


def said(text: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": text}]}


async def test_the_table_has_what_went_out_by_day_team_class_and_model(room: Room) -> None:
    room.clock.at_s = 10 * DAY_S
    out = {"model": "outside@1", "attempts": [ANSWERED], "data_class": DataClass.INTERNAL}
    ids = [
        await room.ask(**out, usage=Usage(10, 5), cost_nano_usd=7, entity_types=["LOCATION"]),
        await room.ask(**out, usage=Usage(1, 1), cost_nano_usd=1, entity_types=["LOCATION", "URL"]),
    ]
    await room.ask(attempts=[INSIDE])
    room.clock.advance(DAY_S)
    ids.append(await room.ask(**out | {"team": "visits"}))
    found = exposure(room.engine, OUTSIDE, *EVER)
    assert [(row.day, row.team, row.data_class, row.model) for row in found.rows] == [
        ("1970-01-11", "claims", "internal", "outside@1"),
        ("1970-01-12", "visits", "internal", "outside@1"),
    ]
    first = found.rows[0]
    assert (first.requests, first.answered) == (2, 2)
    assert (first.input_tokens, first.output_tokens, first.cost_nano_usd) == (11, 6, 8)
    assert first.entity_counts == {"LOCATION": 2, "URL": 1}
    assert sorted(found.request_ids) == sorted(ids)
    assert found.unfinished == ()
    only = exposure(room.engine, OUTSIDE, 10 * DAY_S, 11 * DAY_S)
    assert sorted(only.request_ids) == sorted(ids[:2])
    assert list(exposure(room.engine, OUTSIDE, *EVER, team="visits").request_ids) == ids[2:]


async def test_what_was_sent_counts_though_another_model_answered(room: Room) -> None:
    failed = Attempt("outside@1", None, "BackendBroken", 0.1, ORIGIN)
    request_id = await room.ask(attempts=[failed, failed, INSIDE], usage=Usage(10, 5))
    found = exposure(room.engine, OUTSIDE, *EVER)
    assert found.request_ids == (request_id,)
    assert (found.rows[0].requests, found.rows[0].answered) == (1, 0)
    assert (found.rows[0].input_tokens, found.rows[0].cost_nano_usd) == (0, 0)


@pytest.mark.parametrize("outcome", ["EgressRefused", "breaker_open"])
async def test_what_was_never_sent_does_not_count(room: Room, outcome: str) -> None:
    await room.ask(attempts=[Attempt("outside@1", None, outcome, 0.0, ORIGIN), INSIDE])
    assert exposure(room.engine, OUTSIDE, *EVER).rows == ()


async def test_a_model_that_has_moved_and_an_origin_of_another_model_count(room: Room) -> None:
    moved = Attempt("outside@1", None, "answered", 0.1, "https://before.example.com")
    shared = Attempt("retired@1", None, "answered", 0.1, ORIGIN)
    ids = [await room.ask(attempts=[moved]), await room.ask(attempts=[shared])]
    assert set(exposure(room.engine, OUTSIDE, *EVER).request_ids) == set(ids)


async def test_a_request_that_never_ended_may_have_gone_out(room: Room) -> None:
    model = ModelSpec(
        id="outside",
        version="1",
        dialect=Dialect.OPENAI,
        location=Location.EXTERNAL,
        approved=frozenset({DataClass.INTERNAL}),
        residency=frozenset({"us"}),
        capabilities=frozenset({Capability.CHAT}),
        context_tokens=1_000,
        price=Price(1, 1),
        upstream_model="outside",
        origin=ORIGIN,
    )
    lost = await room.ask(plan=[PlanStep(model, None)])
    await room.ask()
    with room.engine.begin() as connection:
        connection.execute(delete(outcomes))
    found = exposure(room.engine, OUTSIDE, *EVER)
    assert found.unfinished == (lost,)
    assert found.request_ids == ()


def rescanner(room: Room) -> Rescanner:
    return Rescanner(
        engine=room.engine,
        wrapper=room.wrapper,
        detector=FakePatternDetector(),
        rules=RULES,
        clock=room.clock,
    )


async def test_a_rescan_names_what_would_be_of_a_higher_class_now(room: Room) -> None:
    internal = {"data_class": DataClass.INTERNAL}
    await room.ask(said("nothing in it"), **internal)
    missed = await room.ask(
        said(f"a@example.com, b@example.com {MARKER}"), attempts=[ANSWERED, INSIDE], **internal
    )
    await room.ask(said(MARKER), data_class=DataClass.RESTRICTED)
    room.clock.advance(1)
    erased = await room.ask(said("c@example.com"), subject="p-1", **internal)
    seen: list[tuple[int, int]] = []
    result = await rescanner(room).run(
        Range(*EVER), AUDITOR, "a new detector", lambda *done: seen.append(done)
    )
    assert result.detector_version == FakePatternDetector().version
    assert (result.scanned, result.unreadable) == (4, 0)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    first, second = result.higher
    assert (first.request_id, second.request_id) == (missed, erased)
    assert (first.was, first.now) == (DataClass.INTERNAL, DataClass.RESTRICTED)
    assert first.entity_counts == {"EMAIL_ADDRESS": 2, "FAKE_SECRET": 1}
    assert first.models == ("outside@1", "private@1")
    assert first.sent_to == (ORIGIN,)
    assert not first.undetermined
    acts = {act["act"]: act for act in room.acts()}
    begun, ended = acts["vault.rescan_begun"], acts["vault.rescanned"]
    assert (begun["actor"], begun["reason"]) == (AUDITOR.name, "a new detector")
    assert ended["details"]["higher"] == 2


async def test_a_rescan_takes_the_team_and_time_that_it_was_asked_for(room: Room) -> None:
    await room.ask(said("a@example.com"), data_class=DataClass.INTERNAL)
    at_s = room.clock.now_s()
    room.clock.advance(10)
    await room.ask(said("a@example.com"), data_class=DataClass.INTERNAL, team="visits")
    scan = rescanner(room)
    assert (await scan.run(Range(0, at_s + 5), AUDITOR, "why")).scanned == 1
    [visits] = (await scan.run(Range(*EVER, "visits"), AUDITOR, "why")).higher
    assert visits.team == "visits"


async def test_what_cannot_be_judged_is_told_from_what_was_found(room: Room) -> None:
    await room.ask(said("x" * 2_000), data_class=DataClass.INTERNAL)
    [higher] = (await rescanner(room).run(Range(*EVER), AUDITOR, "why")).higher
    assert higher.undetermined
    assert higher.entity_counts == {}


async def test_only_an_auditor_has_texts_scanned_and_nothing_kept_is_nothing_scanned(
    room: Room,
) -> None:
    with pytest.raises(RoleRequired):
        await rescanner(room).run(Range(*EVER), ADMIN, "curious")
    room.rules = VaultRules()
    await room.ask(said("a@example.com"))
    assert (await rescanner(room).run(Range(*EVER), AUDITOR, "why")).scanned == 0
