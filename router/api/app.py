"""The HTTP application: routes, and nothing that a route's own file could say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from router.accounts.authenticator import Authenticator
from router.api.answer_headers import headers_of
from router.api.error_responses import error_response
from router.api.feedback import FeedbackRoutes
from router.api.gate import Gate
from router.api.in_force import CurrentRules
from router.api.inference import InferenceRoutes
from router.api.metrics_page import MetricsRoute
from router.api.model_list import ModelRoutes
from router.api.record_lookup import RecordRoutes
from router.audit.records import Records
from router.domain import Endpoint
from router.feedback.inbox import FeedbackInbox
from router.feedback.reading import FeedbackShown

DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes need, made by whoever wires the gateway."""

    current: CurrentRules
    authenticator: Authenticator
    records: Records
    feedback: FeedbackInbox
    feedback_shown: FeedbackShown
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    metrics: Callable[[], bytes] | None = None
    """Makes the page of `/metrics`, and may block; None: there is none."""


def build_app(services: Services) -> ASGIApp:
    """The whole gateway as one ASGI application; `/private` is the same API, never external."""
    # No redirects to a path with or without a slash: clients would send their body twice.
    public = Router(_routes(services, private_only=False), redirect_slashes=False)
    private = Router(_routes(services, private_only=True), redirect_slashes=False)
    watching = []
    if services.metrics is not None:
        metrics = MetricsRoute(services.current, services.metrics)
        watching.append(Route("/metrics", metrics.read, methods=["GET"]))
    app = Starlette(
        routes=[
            Route("/healthz", _healthz, methods=["GET"]),
            *watching,
            Mount("/private/v1", app=private),
            Mount("/v1", app=public),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _error},
    )
    app.router.redirect_slashes = False
    return Gate(
        app,
        authenticator=services.authenticator,
        tokens=lambda: services.current().tokens,
    )


def _routes(services: Services, *, private_only: bool) -> list[Route]:
    inference = InferenceRoutes(services.current, services.max_body_bytes, private_only)
    models = ModelRoutes(services.current, private_only)
    records = RecordRoutes(services.records, services.feedback_shown)
    feedback = FeedbackRoutes(services.current, services.feedback)
    return [
        *(
            Route(f"/{endpoint.value}", inference.endpoint(endpoint), methods=["POST"])
            for endpoint in Endpoint
        ),
        Route("/route", inference.explain, methods=["POST"]),
        Route("/models", models.list, methods=["GET"]),
        Route("/models/{name}", models.read, methods=["GET"]),
        Route("/records/{record_id}", records.read, methods=["GET"]),
        Route("/feedback", feedback.give, methods=["POST"]),
    ]


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _error(request: Request, error: Exception) -> Response:
    """Starlette sends this in place of its own page, and raises on to the Gate, which may log."""
    return error_response(error, request.state.trail)


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown paths and methods."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {
        404: "There is nothing at this path; the API is under /v1 and /private/v1.",
        405: "This path does not take this method.",
    }.get(status, "The request could not be taken.")
    body = {"message": message, "type": "invalid_request_error", "code": "not_found", "param": None}
    return JSONResponse({"error": body}, status, headers=headers_of(request.state.trail))
