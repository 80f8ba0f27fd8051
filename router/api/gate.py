"""The outermost layer: who may come in, and that no error leaves with content in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.accounts.authenticator import Authenticator
from router.accounts.people.tokens import TokenVerifier
from router.api.error_responses import error_response
from router.api.streaming import ClientGone
from router.api.unforeseen import log_unforeseen
from router.errors import RequestError
from router.ids import new_id
from router.trail import Trail

PUBLIC_PATHS = frozenset({"/healthz"})
"""Protected by default: what anyone may ask is the exception, and it is listed here."""

USER_TOKEN_HEADER = "x-ringfence-user-token"  # noqa: S105 -- its name, not a token
"""With an application's key: the identity provider's token of the person it asks for."""


class Gate:
    """ASGI middleware. Gives every request an id and a Trail, and lets in who is known.

    The request's state holds `trail` and, behind the gate, `principal`. `await admit(tokens)` is
    who it is by now, under the policy whose verifier that is: a route asks once it knows its
    policy. It raises as the gate does where nobody would be let in any more.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        tokens: Callable[[], TokenVerifier],
    ) -> None:
        """`tokens` is the verifier of the policy in force."""
        self._app = app
        self._authenticator = authenticator
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # no websockets here, and a lifespan has nothing to wait for
        trail = Trail(new_id())
        state = scope.setdefault("state", {})
        state["trail"] = trail
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if scope["path"] not in PUBLIC_PATHS:
                headers = Headers(scope=scope)
                shown = _only(headers, "authorization"), _only(headers, USER_TOKEN_HEADER)
                state["admit"] = partial(self._authenticator.admit, *shown)
                state["principal"] = await state["admit"](self._tokens())
            await self._app(scope, receive, watched)
        except (ClientGone, ClientDisconnect):
            return
        except Exception as error:
            if not isinstance(error, RequestError):
                log_unforeseen(error)
            if not started:
                await error_response(error, trail)(scope, receive, send)


def _only(headers: Headers, name: str) -> str | None:
    """Joined as HTTP joins them: of two values none is taken for the only one."""
    return ", ".join(headers.getlist(name)) if name in headers else None
