"""The canonical dialect, as bytes for a backend that speaks it: vLLM, OpenAI, and their like."""

from __future__ import annotations

from router.dialects.wire import Rendered, canonical_json
from router.domain import Endpoint, Json, JsonObject, ModelSpec
from router.domain import InferenceRequest as Request

_SAMPLING = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "model",
        "n",
        "presence_penalty",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
    }
)

KNOWN_FIELDS: dict[Endpoint, frozenset[str]] = {
    Endpoint.CHAT: _SAMPLING
    | {
        "function_call",
        "functions",
        "max_completion_tokens",
        "messages",
        "parallel_tool_calls",
        "reasoning_effort",
        "response_format",
        "tool_choice",
        "tools",
        "top_logprobs",
        "verbosity",
    },
    Endpoint.COMPLETIONS: _SAMPLING | {"best_of", "echo", "prompt", "suffix"},
    Endpoint.EMBEDDINGS: frozenset({"dimensions", "encoding_format", "input", "model"}),
}
"""Per endpoint, the top-level fields that every backend of this dialect takes."""

STEERING_FIELDS = frozenset(
    {
        # The provider keeps the body, or work on it goes on after the answer.
        "background",
        "metadata",
        "prompt_cache_key",
        "prompt_cache_retention",
        "store",
        # The provider calls third parties with text of the request.
        "container",
        "mcp_servers",
        "plugins",
        "web_search_options",
        # The provider, or an aggregator, picks another place, model or price.
        "models",
        "prediction",
        "provider",
        "route",
        "service_tier",
        "transforms",
        # They name a person to the provider.
        "safety_identifier",
        "user",
    }
)
"""What lets a client steer where a body goes next or who keeps it: never sent to an external model,
whatever the registry says that it accepts."""

# Keeps tenants apart in the engine's prefix cache (a timing side channel): the server's to choose.
SERVER_FIELDS = frozenset({"cache_salt"})


def render(request: Request, model: ModelSpec, *, cache_salt: str | None = None) -> Rendered:
    """The exact bytes for one backend, under the name it knows the model by.

    A stream always asks for usage, since settlement needs it; the pipeline takes the chunk out
    again if the client did not ask. Raises InvalidRequest for text that UTF-8 cannot hold.
    """
    taken = KNOWN_FIELDS[request.endpoint] | model.accepts_fields
    taken -= SERVER_FIELDS | (STEERING_FIELDS if model.is_external else frozenset())
    body = {name: value for name, value in request.body.items() if name in taken}
    dropped = [name for name in request.body if name not in taken]

    if model.is_external:
        dropped += _drop_server_tools(body)
    body["model"] = model.upstream_model
    if request.stream:
        # Nothing else of the client's: usage on every chunk would read as the end of the answer.
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    else:
        # Providers refuse options of a stream where there is none.
        body.pop("stream_options", None)
        body.pop("stream", None)
    if cache_salt is not None:
        body["cache_salt"] = cache_salt
    base_path = "/v1" if model.origin is None else model.base_path
    return Rendered(
        path=f"{base_path}/{request.endpoint.value}",
        body=canonical_json(body),
        dropped_fields=tuple(dropped),
    )


def _drop_server_tools(body: JsonObject) -> list[str]:
    """Takes tools that the provider runs by itself (search, MCP, code) out of `body`; names them.

    A function is run by the client; everything else sends text of the request on to others.
    """
    tools = body.get("tools")
    if not isinstance(tools, list):
        return []
    kept: list[Json] = [tool for tool in tools if _is_function(tool)]
    if len(kept) == len(tools):
        return []
    dropped = [f"tools[{index}]" for index, tool in enumerate(tools) if not _is_function(tool)]
    body["tools"] = kept
    # A choice of a tool that is gone is an error upstream.
    choice = body.get("tool_choice")
    chosen_type = choice.get("type") if isinstance(choice, dict) else "function"
    if not kept:
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(name, None)
    elif chosen_type != "function":
        del body["tool_choice"]
        dropped.append("tool_choice")
    return dropped


def _is_function(tool: Json) -> bool:
    return isinstance(tool, dict) and tool.get("type") == "function"
