"""How the simulated provider behaves. All of it can be changed while it runs, but `record`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0)]
UsdPerMtok = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SimulatorConfig(BaseModel):
    """One provider's latency, answers, faults and prices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, ...] = ("sim-small", "sim-large")
    """What `/v1/models` lists; any name is answered to."""

    ttft_s: Seconds = 0.0
    itl_s: Seconds = 0.0
    """Seconds from one token to the next."""
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Both of the above vary by up to this fraction of themselves, evenly to both sides."""

    completion_tokens: Tokens = 16
    """How long an answer is, where `max_tokens` does not end it before."""
    echo: bool = False
    """The answer is the last message instead of words that have nothing to do with it."""
    says: str | None = None
    """The answer to everything, format and tools or not; such as a refusal, or broken JSON."""
    logprob: Annotated[float, Field(le=0, allow_inf_nan=False)] | None = None
    """Of every token, in nats; else each word has its own."""
    own_limit_tokens: Tokens | None = None
    """Where an answer ends at the latest, whatever is asked for, with finish reason `length`."""
    embedding_dimensions: Annotated[int, Field(ge=1, le=8192)] = 64
    seed: int = 0
    """Draws words, jitter and errors; a request's own `seed` fixes its words."""

    error_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    error_status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after_s: Seconds | None = None
    """Sent with errors and with an outage's 503."""
    outage: Literal["none", "unavailable", "closed"] = "none"
    """`unavailable` answers 503; `closed` closes the connection without an answer."""
    stall: bool = False
    """Takes the request and never answers."""
    redirect_to: str | None = None
    """Answers 307 with this `Location`."""
    cut_stream_after_tokens: Tokens | None = None
    """Closes the connection in the middle of a stream."""
    stall_stream_after_tokens: Tokens | None = None
    error_in_stream_after_tokens: Tokens | None = None
    """Sends the provider's error event in the middle of a stream, and ends it."""

    input_usd_per_mtok: UsdPerMtok = 0.0
    output_usd_per_mtok: UsdPerMtok = 0.0
    """US dollars per million tokens; `GET /simulator/usage` says what has come together."""

    record: bool = False
    """Keeps every request that arrives, content and credentials included, in memory. Only at the
    start, so that nobody can switch it on over the network (I6)."""
