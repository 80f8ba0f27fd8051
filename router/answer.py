"""An answer on its way back: read for the record, shown to the client, its end held back."""

from __future__ import annotations

from collections.abc import Iterator

from router.accounts.limits.taken import Taken, taken
from router.dialects.heard import Heard
from router.domain import InferenceRequest, Json, JsonObject, ModelSpec, Usage


class Answer:
    """Takes what the backend sends, piece by piece, in OpenAI's dialect.

    `texts` are in memory only (I6). What ends the answer (the whole of one that is not streamed,
    the finish and usage chunks of a stream) goes to `held` until the record is durable (I5).
    """

    def __init__(
        self,
        request: InferenceRequest,
        model: ModelSpec,
        input_tokens: int | None = None,
        said: Heard | None = None,
    ) -> None:
        """`input_tokens` as `taken` wants them.

        `said` is what has left the backend, where that may be more than has come to here: money is
        counted there, and `texts` here.
        """
        self._request = request
        self._model = model
        self._input_tokens = input_tokens
        options = request.body.get("stream_options")
        self._wants_usage = isinstance(options, dict) and options.get("include_usage") is True
        self._heard = Heard()
        self._said = self._heard if said is None else said
        self.is_empty = True
        self.held: list[JsonObject] = []

    @property
    def usage(self) -> Usage:
        """As the model says; nothing until it does."""
        return self._said.usage or Usage()

    @property
    def cost_nano_usd(self) -> int:
        return self._model.price.cost_nano_usd(self.usage)

    @property
    def texts(self) -> tuple[str, ...]:
        """What came to here: each choice's text, each tool call's arguments, and what else."""
        return self._heard.texts

    @property
    def piece_count(self) -> int:
        """How many pieces of text came to here."""
        return self._heard.piece_count

    def taken(self) -> Taken:
        """What it took so far, also where the model does not say it."""
        return taken(self._request, self._model, self._said, self._input_tokens)

    def take(self, event: JsonObject) -> Iterator[JsonObject]:
        """Reads one event and yields what of it may go to the client now."""
        self._heard.hear(event)
        shown = self._present(event)
        if shown is None:
            return
        if shown.get("choices") or shown.get("data"):
            self.is_empty = False
        if self._is_final(shown):
            self.held.append(shown)
        else:
            yield shown

    def _present(self, event: JsonObject) -> JsonObject | None:
        if self._request.stream and not self._wants_usage:
            if event.get("usage") and not event.get("choices"):
                return None
            event = {key: value for key, value in event.items() if key != "usage"}
        shown = event | {"model": self._model.key}
        if "id" in shown:
            shown["id"] = public_id(self._request)
        usage = shown.get("usage")
        if isinstance(usage, dict):
            shown["usage"] = usage | {"cost_usd": self.cost_nano_usd / 1e9}
        return shown

    def _is_final(self, event: JsonObject) -> bool:
        if not self._request.stream or event.get("usage"):
            return True
        return any(choice.get("finish_reason") for choice in _objects(event.get("choices")))


def public_id(request: InferenceRequest) -> str:
    """The answer's id holds the request's, so that whoever has the one can ask for the record."""
    prefix = "chatcmpl" if "chat" in request.endpoint.value else "cmpl"
    return f"{prefix}-{request.request_id}"


def _objects(value: Json) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
