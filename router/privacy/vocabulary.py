"""Words that a request's schema is made of: the only strings that extraction leaves out.

Each is a constant of the OpenAI dialect or of JSON Schema, so none can carry anybody's data. A word
that is missing here costs one needless scan; one that does not belong here would cost a leak.
"""

from __future__ import annotations


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


TEXT_PARTS = _words("text input_text output_text refusal")
"""Values of a content part's `type` whose words stand in the part itself."""

MEDIA_PARTS = _words(
    "image image_url input_image image_file",
    "audio audio_url input_audio video video_url input_video",
    "file input_file file_url document",
)
"""Values of `type` that say that what counts cannot be read as text."""

_ROLES = _words("system developer user assistant tool function")
_TYPES = _words("function content json_object json_schema grammar allowed_tools")
_SCHEMA_TYPES = _words("object array string number integer boolean null")
_SETTINGS = _words("auto none required low medium high minimal default flex float base64")

KNOWN_VALUES = TEXT_PARTS | MEDIA_PARTS | _ROLES | _TYPES | _SCHEMA_TYPES | _SETTINGS

_REQUEST_KEYS = _words(
    "model messages prompt input suffix stream stream_options include_usage max_tokens",
    "max_completion_tokens temperature top_p n stop seed logprobs top_logprobs logit_bias echo",
    "best_of presence_penalty frequency_penalty response_format tools tool_choice",
    "parallel_tool_calls functions function_call user metadata store modalities audio prediction",
    "reasoning_effort service_tier verbosity dimensions encoding_format web_search_options",
)
_MESSAGE_KEYS = _words(
    "role content name tool_calls tool_call_id id type index text refusal image_url url detail",
    "input_audio data format file file_id file_data filename function arguments json_schema",
    "schema strict voice",
)
_SCHEMA_KEYS = _words(
    "properties items required description enum const title parameters additionalProperties",
    "anyOf allOf oneOf not default examples minimum maximum minLength maxLength minItems maxItems",
    "pattern $ref $defs $schema definitions",
)

KNOWN_KEYS = _REQUEST_KEYS | _MESSAGE_KEYS | _SCHEMA_KEYS
