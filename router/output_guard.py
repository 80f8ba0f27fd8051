"""What stands between a backend's answer and the client: output rules and external tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from router.domain import (
    Endpoint,
    InferenceRequest,
    JsonObject,
    ModelSpec,
    OutputAction,
    Principal,
)
from router.policy.policy import Policy
from router.privacy.output.listen import HeardStream
from router.privacy.output.report import OutputReport
from router.privacy.output.rules import OutputRule
from router.privacy.output.scanner import Scanner
from router.privacy.output.stream import HeldStream
from router.privacy.output.tool_gate import ToolGate
from router.privacy.output.whole import clean_answer, wants_json
from router.protocols import Detector


class OutputGuard:
    """Wired once per gateway; scans with the detector that scans requests."""

    def __init__(self, detector: Detector, policy: Policy) -> None:
        self._detector = detector
        self._policy = policy

    def watch(
        self,
        events: AsyncGenerator[JsonObject, None],
        request: InferenceRequest,
        principal: Principal,
        model: ModelSpec,
        report: OutputReport,
    ) -> AsyncGenerator[JsonObject, None]:
        """The answer as the client may have it; `report` is complete when it ends.

        Closing it closes `events`. Raises AnswerStopped, between two events or instead of the
        first, and whatever `events` raises.
        """
        if request.endpoint is Endpoint.EMBEDDINGS:
            return events  # numbers
        tools = self._policy.tools
        if tools.external and request.endpoint is Endpoint.CHAT:
            scanner = Scanner(
                self._detector,
                self._policy.detection,
                tools.stop_from_data_class,
                report,
                request.request_id,
            )
            events = ToolGate(tools, scanner).pass_on(events)
        rule = self._policy.output.rule_for(model, principal.team)
        return events if rule is None else self._ruled(events, request, rule, report)

    def _ruled(
        self,
        events: AsyncGenerator[JsonObject, None],
        request: InferenceRequest,
        rule: OutputRule,
        report: OutputReport,
    ) -> AsyncGenerator[JsonObject, None]:
        report.action = rule.action
        scanner = Scanner(
            self._detector,
            self._policy.detection,
            rule.from_data_class,
            report,
            request.request_id,
        )
        if not request.stream:
            return _whole(events, scanner, rule.action, json_content=wants_json(request))
        if rule.action is OutputAction.RECORD:
            return HeardStream(scanner, request).pass_on(events)
        return HeldStream(scanner, rule.action, request).pass_on(events)


async def _whole(
    events: AsyncGenerator[JsonObject, None],
    scanner: Scanner,
    action: OutputAction,
    *,
    json_content: bool,
) -> AsyncGenerator[JsonObject, None]:
    async with aclosing(events):
        async for event in events:
            yield await clean_answer(event, scanner, action, json_content=json_content)
