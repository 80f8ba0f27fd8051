"""Whether anything answers where the load is to go: asked in seconds, before anything starts."""

from __future__ import annotations

import httpx2

from benchmarks.throughput.generator import Target

TIMEOUT_S = 5.0


class EndpointRefused(Exception):
    """Nothing answers there, or not to this key, or not for this model."""


def require_answering(target: Target, timeout_s: float = TIMEOUT_S) -> None:
    """Asks for the list of models. Raises EndpointRefused, which names the cure."""
    headers = {} if target.key is None else {"authorization": f"Bearer {target.key}"}
    url = f"{target.base_url}/v1/models"
    try:
        answer = httpx2.get(url, headers=headers, timeout=timeout_s, trust_env=False)
        known = [str(one["id"]) for one in answer.json()["data"]] if answer.is_success else []
    except httpx2.HTTPError as error:
        raise EndpointRefused(
            f"nothing answers at {target.base_url} ({type(error).__name__}): start it, or name "
            "another with --url"
        ) from None
    except httpx2.InvalidURL:
        raise EndpointRefused("--url is no URL: name one such as http://127.0.0.1:8080") from None
    except (ValueError, KeyError, TypeError):
        raise EndpointRefused(
            f"{target.base_url} does not speak OpenAI's API: leave /v1 out of --url"
        ) from None
    if answer.status_code in (401, 403):
        raise EndpointRefused(
            f"{target.base_url} refuses the key: put one that it takes into RINGFENCE_BENCH_KEY"
        )
    if not answer.is_success:
        raise EndpointRefused(
            f"{target.base_url} answers {answer.status_code} when it is asked for its models"
        )
    if known and target.model not in known:
        raise EndpointRefused(
            f"{target.base_url} serves no {target.model}: name one of {', '.join(known)}"
        )
