"""`ringfence simulator`"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from serving.cli.output import err, fail


def simulator(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any.")] = 8081,
    ttft_s: Annotated[float, typer.Option(help="Seconds to the first token.")] = 0.0,
    itl_s: Annotated[float, typer.Option(help="Seconds from token to token.")] = 0.0,
    jitter: Annotated[float, typer.Option(help="Both vary by this fraction.")] = 0.0,
    completion_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 16,
    error_rate: Annotated[float, typer.Option(help="Fraction of requests that fail.")] = 0.0,
    error_status: Annotated[int, typer.Option(help="How they fail.")] = 500,
    outage: Annotated[str, typer.Option(help="none, unavailable or closed.")] = "none",
    input_usd_per_mtok: Annotated[float, typer.Option(help="Price of the prompt.")] = 0.0,
    output_usd_per_mtok: Annotated[float, typer.Option(help="Price of the answer.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Draws words, jitter and errors.")] = 0,
) -> None:
    """Run a provider that is none: OpenAI's and Anthropic's APIs with made-up answers.

    Settings can be changed while it runs. Whoever reaches the port can do so: keep it on loopback.

    Example: ringfence simulator --port 8081 --ttft-s 0.3 --itl-s 0.02 --error-rate 0.05
    """
    from serving.simulator.config import SimulatorConfig  # noqa: PLC0415  (a server is slow to load)
    from serving.simulator.server import run  # noqa: PLC0415

    settings: dict[str, Any] = {
        "ttft_s": ttft_s,
        "itl_s": itl_s,
        "jitter": jitter,
        "completion_tokens": completion_tokens,
        "error_rate": error_rate,
        "error_status": error_status,
        "outage": outage,
        "input_usd_per_mtok": input_usd_per_mtok,
        "output_usd_per_mtok": output_usd_per_mtok,
        "seed": seed,
    }
    try:
        config = SimulatorConfig(**settings)
    except ValidationError as invalid:
        problems = [f"--{p['loc'][0]}: {p['msg']}".replace("_", "-") for p in invalid.errors()]
        fail("; ".join(problems))
    try:
        run(host, port, config, on_listening=lambda bound: err.print(f"http://{host}:{bound}"))
    except OSError as error:
        fail(f"cannot listen on {host}:{port} ({error.strerror}): choose another with --port")
