"""A backend in another process: the `Backend` protocol through a Ray Serve handle."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import BackPressureError, RayServeException
from ray.serve.handle import DeploymentHandle

from router.domain import JsonObject
from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendUnreachable,
)
from router.protocols import Dispatch
from serving.replica_watch import ReplicaWatch


class HandleBackend:
    """One attempt is one streaming call of the deployment's `attempt`.

    The application, and its one deployment, need not be there yet, or any more.
    """

    def __init__(self, application: str, watch: ReplicaWatch) -> None:
        self._application = application
        self._watch = watch
        self._made: DeploymentHandle | None = None
        self.lost = 0
        """Requests whose replica went away under them."""

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        """See `router.protocols.Backend.attempt`."""
        if await self._watch.is_down(self._application):
            raise BackendUnreachable("no replica is running")
        answers = self._handle.remote(dispatch)
        try:
            async for answer in answers:
                yield answer
        except (BackendFailure, RayError, RayServeException) as error:
            self.lost += _is_loss(error)
            raise outcome_of(error) from None
        finally:
            # Harmless when the call is over; otherwise it ends the work at the engine.
            answers.cancel()

    @property
    def _handle(self) -> DeploymentHandle:
        """Made with the first attempt: a handle belongs to the event loop that it is made on."""
        if self._made is None:
            handle = serve.get_deployment_handle(
                self._application, app_name=self._application, _check_exists=False
            )
            self._made = handle.options(method_name="attempt", stream=True)
        return self._made


def _is_loss(error: Exception) -> bool:
    """Not what the deployment said itself, nor what Serve said: no replica had those."""
    return isinstance(error, RayError) and not isinstance(error, RayTaskError)


def outcome_of(error: Exception) -> BackendFailure:
    """What Ray raises at the caller of a handle, as the typed outcome of the attempt.

    A failure that the deployment raised arrives inside a RayTaskError, its text with a traceback
    of the other process; only its own type and message are carried on (I6).
    """
    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, BackendFailure):
        return type(cause)(cause.message, cause.retry_after_s)
    if isinstance(cause, BackPressureError):
        return BackendOverloaded("the queue of the deployment is full", retry_after_s=1)
    if isinstance(error, RayTaskError):
        return BackendBroken(f"the deployment failed with {type(cause).__name__}")
    return BackendUnreachable(f"the replica was lost: {type(error).__name__}")
