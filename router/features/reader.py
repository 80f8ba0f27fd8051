"""What routing knows of a request: read from its body and headers, at next to no cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from router.accounts.limits.estimate import input_tokens_of
from router.domain import Endpoint, InferenceRequest, Principal
from router.features.language import language_of
from router.features.matching import TaskMatcher
from router.features.rules import TaskRules
from router.features.shape import Shape, shape_of
from router.features.texts import AskedTexts, asked_texts
from router.long_bodies import out_of_the_way
from router.task import Features, Task, TaskBasis


class TaskClassifier(Protocol):
    """Tells a task from words; pure."""

    def classify(self, texts: AskedTexts) -> tuple[Task, float]:
        """The likeliest task, and its probability in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class ReadFeatures:
    """`goes_on` says that somebody has answered in this conversation before."""

    features: Features
    goes_on: bool


class FeatureReader:
    """Made once for a policy. `classifier` is asked where the policy wants one and no rule fits."""

    def __init__(self, rules: TaskRules, classifier: TaskClassifier | None = None) -> None:
        self._matcher = TaskMatcher(rules.rules)
        self._min_confidence = rules.min_confidence
        self._classifier = classifier

    async def read(self, request: InferenceRequest, principal: Principal) -> ReadFeatures:
        """As `features_of`, out of the event loop's way where the body is long."""
        return await out_of_the_way(request.body, self._read, request, principal)

    def features_of(self, request: InferenceRequest, principal: Principal) -> Features:
        """Pure. The conversation's model is not in it: that is remembered, and not asked."""
        return self._read(request, principal).features

    def _read(self, request: InferenceRequest, principal: Principal) -> ReadFeatures:
        shape = shape_of(request.body)
        texts = asked_texts(request.body)
        task, basis = self._task(request, principal, shape, texts)
        features = Features(
            task=task,
            task_basis=basis,
            input_tokens=input_tokens_of(request),
            max_output_tokens=shape.max_output_tokens,
            language=language_of(texts.user or texts.system),
            answer_format=shape.answer_format,
            has_tools=shape.has_tools,
            in_tool_loop=shape.in_tool_loop,
            turns=shape.turns,
        )
        return ReadFeatures(features, shape.goes_on)

    def _task(
        self, request: InferenceRequest, principal: Principal, shape: Shape, texts: AskedTexts
    ) -> tuple[Task, TaskBasis]:
        """Declared, by rule, classified, or unknown: the surest that there is."""
        if request.task is not None:
            return request.task, TaskBasis.DECLARED
        if request.endpoint is Endpoint.EMBEDDINGS:
            return Task.OTHER, TaskBasis.UNKNOWN
        ruled = self._matcher.task_of(texts, principal, shape.answer_format, shape.has_tools)
        if ruled is not None:
            return ruled, TaskBasis.RULE
        if self._classifier is not None and self._min_confidence is not None:
            task, probability = self._classifier.classify(texts)
            if task is not Task.OTHER and probability >= self._min_confidence:
                return task, TaskBasis.CLASSIFIED
        return Task.OTHER, TaskBasis.UNKNOWN
