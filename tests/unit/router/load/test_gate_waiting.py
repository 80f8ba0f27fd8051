"""Waiting before a model: turns come, patience ends, clients leave, and no place is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain import JsonObject
from router.errors import NoRoom
from router.load.fair_queue import Visitor
from router.load.gate import Gate
from router.load.gates import Claim, Gates
from router.load.held import HeldAnswer
from router.load.place import Place
from router.load.rules import CapacityRules, Lane, LaneRules, ModelCapacity
from router.load.size import Size
from tests.unit.clock import ManualClock

LONG_S = 3_600.0
"""Nothing in here waits for it to pass."""


class Door:
    """A gate, and who was let in through it, in order."""

    def __init__(self, places: int = 1, reserved: int = 0, headroom: float = 0.0) -> None:
        self.size = Size(places, reserved, headroom)
        self.clock = ManualClock()
        self.gate = Gate(lambda: self.size, self.clock)
        self.entered: list[str] = []
        self.places: dict[str, Place] = {}

    def ask(
        self,
        name: str,
        *,
        team: str = "team",
        lane: Lane = Lane.MUST_STAY,
        wait_s: float = LONG_S,
        max_waiting: int = 1_000,
    ) -> asyncio.Task[Place]:
        async def enter() -> Place:
            visitor = Visitor(lane, team)
            place = await self.gate.enter(visitor, wait_s=wait_s, max_waiting=max_waiting)
            self.entered.append(name)
            self.places[name] = place
            return place

        return asyncio.create_task(enter())

    def inside(self) -> int:
        return sum(self.gate.level(lane).inside for lane in Lane)

    def waiting(self) -> int:
        return sum(self.gate.level(lane).waiting for lane in Lane)


async def settled() -> None:
    """Everything that can run without anybody's doing has run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def ended(*tasks: asyncio.Task[Place]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_place_that_is_free_is_had_at_once() -> None:
    door = Door()
    assert not (await door.ask("first")).waited


async def test_turns_come_as_places_are_given_back() -> None:
    door = Door()
    tasks = [door.ask(name) for name in ("first", "second", "third")]
    await settled()
    assert door.entered == ["first"]
    door.places["first"].release()
    door.places["first"].release()
    await settled()
    assert door.entered == ["first", "second"]
    assert door.places["second"].waited
    await ended(*tasks)


async def test_patience_ends_with_no_room_and_an_empty_queue() -> None:
    door = Door()
    place = await door.ask("inside")
    with pytest.raises(NoRoom):
        await door.ask("impatient", wait_s=0.0)
    assert (door.inside(), door.waiting()) == (1, 0)
    place.release()
    assert door.inside() == 0


async def test_who_is_turned_away_hears_when_to_come_back() -> None:
    door = Door(places=2)
    for place in [await door.ask("one"), await door.ask("two")]:
        door.clock.advance(4.0)
        place.release()
    tasks = [door.ask(str(number)) for number in range(6)]
    await settled()
    with pytest.raises(NoRoom) as refused:
        await door.ask("too late", max_waiting=4)
    # 4 wait, it would be the fifth, and 2 places are each held for about 4 s.
    assert refused.value.retry_after_s == 11
    await ended(*tasks)


async def test_a_client_that_leaves_while_it_waits_has_left_the_queue() -> None:
    door = Door()
    await door.ask("inside")
    leaver, next_one = door.ask("leaver"), door.ask("next")
    await settled()
    assert door.waiting() == 2
    leaver.cancel()
    await settled()
    assert door.waiting() == 1
    door.places["inside"].release()
    await next_one
    assert door.entered == ["inside", "next"]


async def test_a_client_that_leaves_as_its_turn_comes_passes_it_on() -> None:
    door = Door()
    await door.ask("inside")
    leaver, next_one = door.ask("leaver"), door.ask("next")
    await settled()
    door.places["inside"].release()
    leaver.cancel()
    await next_one
    assert door.entered == ["inside", "next"]
    assert (door.inside(), door.waiting()) == (1, 0)


async def test_a_client_that_left_before_its_turn_came_passes_it_on() -> None:
    door = Door()
    await door.ask("inside")
    leaver, next_one = door.ask("leaver"), door.ask("next")
    await settled()
    leaver.cancel()
    door.places["inside"].release()
    await next_one
    assert door.entered == ["inside", "next"]
    assert (door.inside(), door.waiting()) == (1, 0)


async def test_a_flood_that_fills_the_queue_makes_room_for_another_team() -> None:
    door = Door()
    await door.ask("inside")
    flood = [door.ask(f"flood {number}", team="flood", max_waiting=3) for number in range(3)]
    await settled()
    quiet = door.ask("quiet", team="quiet", max_waiting=3)
    await settled()
    assert flood[-1].done()
    assert isinstance(flood[-1].exception(), NoRoom)
    assert not quiet.done()
    await ended(quiet, *flood[:-1])


async def test_a_lane_without_a_place_does_not_make_anybody_wait() -> None:
    door = Door(places=2, reserved=2)
    with pytest.raises(NoRoom):
        await door.ask("elsewhere", lane=Lane.OTHERS)
    assert door.waiting() == 0


async def test_places_that_were_added_are_had_with_the_next_that_is_free() -> None:
    door = Door()
    tasks = [door.ask(str(number)) for number in range(5)]
    await settled()
    door.size = Size(3)
    door.places["0"].release()
    await settled()
    assert door.entered == ["0", "1", "2", "3"]
    await ended(*tasks)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "give back", "cancel", "give back and cancel", "run"]),
        st.integers(0, 7),
        st.sampled_from(["a", "b"]),
        st.sampled_from(Lane),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_clients_do_no_place_is_lost_or_had_twice(
    steps: list[tuple[str, int, str, Lane]],
) -> None:
    async def run() -> None:
        door = Door(places=3, reserved=1, headroom=0.4)
        tasks: list[asyncio.Task[Place]] = []
        for number, (step, which, team, lane) in enumerate(steps):
            if step == "ask":
                tasks.append(door.ask(str(number), team=team, lane=lane, max_waiting=4))
            elif step == "run":
                await settled()
            for name in list(door.places)[which : which + 1]:
                if "give back" in step:
                    door.places.pop(name).release()
            for task in tasks[which : which + 1]:
                if "cancel" in step:
                    task.cancel()
            assert door.inside() <= 3
        await settled()
        assert door.inside() == len(door.places)
        await ended(*tasks)
        assert door.waiting() == 0
        for place in door.places.values():
            place.release()
        assert door.inside() == 0

    asyncio.run(run())


async def three() -> AsyncGenerator[JsonObject, None]:
    for number in range(3):
        yield {"number": number}


async def broken() -> AsyncGenerator[JsonObject, None]:
    yield {"number": 0}
    raise RuntimeError("the connection broke")


async def held(door: Door, events: AsyncGenerator[JsonObject, None]) -> HeldAnswer:
    answer = HeldAnswer(events, await door.ask("held"))
    assert door.inside() == 1
    return answer


async def test_an_answer_holds_its_place_to_its_end_and_no_longer() -> None:
    door = Door()
    answer = await held(door, three())
    assert [event["number"] async for event in answer] == [0, 1, 2]
    assert door.inside() == 0


async def test_an_answer_that_breaks_off_gives_its_place_back() -> None:
    door = Door()
    answer = await held(door, broken())
    with pytest.raises(RuntimeError):
        [event async for event in answer]
    assert door.inside() == 0


async def test_an_answer_that_is_left_in_the_middle_gives_its_place_back() -> None:
    door = Door()
    async with aclosing(await held(door, three())) as answer:
        assert await anext(answer) == {"number": 0}
        assert door.inside() == 1
    assert door.inside() == 0


async def test_an_answer_that_nobody_began_to_read_gives_its_place_back() -> None:
    door = Door()
    await (await held(door, three())).aclose()
    assert door.inside() == 0


async def test_an_error_that_is_thrown_into_an_answer_gives_its_place_back() -> None:
    door = Door()
    answer = await held(door, three())
    with suppress(KeyError):
        await answer.athrow(KeyError("stop"))
    assert door.inside() == 0


RULES = CapacityRules(
    must_stay=LaneRules(LONG_S, 10),
    others=LaneRules(LONG_S, 10),
    models={"small@1": ModelCapacity(concurrent=1)},
)
CLAIM = Claim("team", Lane.OTHERS)


async def test_a_model_without_a_limit_has_a_place_for_everybody() -> None:
    gates = Gates(ManualClock(), rules=RULES)
    for _ in range(100):
        assert not (await gates.enter("large@1", CLAIM, cost=1, wait_s=0.0)).waited
    assert gates.load() == {}


async def test_requests_under_a_new_policy_find_those_of_the_old_one_inside() -> None:
    gates = Gates(ManualClock(), rules=RULES)
    await gates.enter("small@1", CLAIM, cost=1, wait_s=LONG_S)
    gates.follow(replace(RULES, headroom=0.0))
    with pytest.raises(NoRoom):
        await gates.enter("small@1", CLAIM, cost=1, wait_s=0.0)
    gates.follow(replace(RULES, models={"small@1": ModelCapacity(concurrent=2)}))
    second = await gates.enter("small@1", CLAIM, cost=1, wait_s=0.0)
    assert gates.load()["small@1"].levels[Lane.OTHERS].inside == 2
    gates.follow(CapacityRules())
    await gates.enter("small@1", CLAIM, cost=1, wait_s=0.0)
    second.release()
    assert gates.load()["small@1"].levels[Lane.OTHERS].inside == 1
