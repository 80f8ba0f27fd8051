"""A suite → an inspect task: its items as samples, one question each, our scorer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ResponseSchema,
    get_model,
    get_model_info,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from benchmarks.quality.item import Call, Item, Reply
from benchmarks.quality.job import Job
from benchmarks.quality.suite import Suite

TASK_HEADER = "x-ringfence-task"


def inspect_task(suite: Suite, job: Job, on_item: Callable[[], None]) -> Task:
    """`on_item` is called when an item is answered, or cannot be."""
    return Task(
        name=suite.name,
        dataset=MemoryDataset([_sample(item) for item in suite.items], name=suite.name),
        solver=ask({item.id: item for item in suite.items}, _config(suite, job), on_item),
        scorer=graded({item.id: item for item in suite.items}, suite),
        # Answers of another suite, or to other settings, are none that could be taken up again.
        version=f"{suite.digest}/{job.seed}/{job.declare_task}/{job.logprobs}",
    )


def _sample(item: Item) -> Sample:
    messages = [
        ChatMessageSystem(content=each.text)
        if each.role == "system"
        else ChatMessageUser(content=each.text)
        for each in item.messages
    ]
    return Sample(id=item.id, input=list(messages), metadata={"group": item.group})


def _config(suite: Suite, job: Job) -> GenerateConfig:
    return GenerateConfig(
        temperature=0.0,
        seed=job.seed,
        max_tokens=suite.entry.max_tokens,
        logprobs=True if job.logprobs else None,
        extra_headers={TASK_HEADER: suite.entry.task.value} if job.declare_task else None,
    )


@solver
def ask(items: dict[str, Item], config: GenerateConfig, on_item: Callable[[], None]) -> Solver:
    """One question, one answer: calls of tools are judged, and not made."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        item, model = items[str(state.sample_id)], get_model()
        # inspect reads its table of models, once, when an answer is there: others waited meanwhile.
        get_model_info(model)
        asked = config
        if item.schema is not None:
            schema = ResponseSchema(
                name="answer", json_schema=JSONSchema.model_validate(item.schema)
            )
            asked = config.merge(GenerateConfig(response_schema=schema))
        try:
            tools = [_tool(each) for each in item.tools]
            state.output = await model.generate(state.messages, tools=tools, config=asked)
        finally:
            on_item()
        return state

    return solve


def _tool(tool: Any) -> ToolInfo:
    function = tool["function"]
    return ToolInfo(
        name=function["name"],
        description=function["description"],
        parameters=ToolParams.model_validate(function["parameters"]),
    )


@scorer(metrics=[mean()])
def graded(items: dict[str, Item], suite: Suite) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        item = items[str(state.sample_id)]
        message = state.output.message
        calls = tuple(
            Call(call.function, None if call.parse_error else call.arguments)
            for call in message.tool_calls or []
        )
        reply = Reply(message.text, calls)
        # One of the scorers runs what was written, and waits for it.
        grade = await asyncio.to_thread(suite.scorer, item.target, reply)
        return Score(value=grade.score, metadata={"note": grade.note})

    return score
