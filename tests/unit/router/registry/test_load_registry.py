"""models.yaml becomes what the router decides with and what serving runs; the rest is refused."""

from pathlib import Path

import pytest

from router.config.yaml_document import parse_yaml
from router.domain import Capability, DataClass, Dialect, Location, Price
from router.errors import ConfigError, ConfigProblem
from router.registry.load import build_registry, load_registry
from router.registry.registry import EmbeddedWeights, Registry, VllmBackend, WeightsDirectory

REPOSITORY = Path(__file__).parents[4]
SECURE = (
    "{kind: openai, provider: ours, base_url: 'https://llm.example/v1/', model: m, "
    "allowed_networks: [10.1.0.0/16], pinned_certificate_sha256: '" + "AB:" * 31 + "ab'}"
)
VLLM = (
    "{kind: vllm, weights: {embedded: tiny}, replicas: 1, max_ongoing_requests: 8, "
    "profiles: {cpu: {engine: {max_model_len: 100}}}}"
)


def entry(**changes: str) -> str:
    """A right external model, with lines of it replaced (or left out, by an empty value)."""
    keys = {
        "id": "cloud",
        "version": '"1"',
        "location": "external",
        "residency": "[us]",
        "approved_data_classes": "[public]",
        "capabilities": "[chat]",
        "context_tokens": "100",
        "price": "{input_usd_per_mtok: 1, output_usd_per_mtok: 2.5}",
        "backend": "{kind: openai, provider: p, base_url: 'https://api.example/v1', model: up}",
    } | changes
    lines = [f"    {key}: {value}" for key, value in keys.items() if value]
    return "\n".join(lines).replace("    ", "  - ", 1) + "\n"


def on_prem(**changes: str) -> str:
    return entry(**{"location": "on-prem", "residency": "[on-prem]", "backend": SECURE} | changes)


def text(*entries: str, aliases: str = '{cloud: "1"}') -> str:
    return f"schema: 1\nmodels:\n{''.join(entries)}aliases: {aliases}\n"


def build(written: str) -> Registry:
    return build_registry(parse_yaml(written.encode(), "models.yaml"))


def problems(written: str) -> tuple[ConfigProblem, ...]:
    with pytest.raises(ConfigError) as caught:
        build(written)
    return caught.value.problems


def test_the_registry_that_we_ship_loads():
    registry = load_registry(REPOSITORY / "models.yaml")
    assert "smollm2-135m-private@1" in registry.entries
    assert all(registry.resolve(model.id) == model for model in registry.models)


def test_an_external_model_is_known_by_its_origin():
    spec = build(text(entry())).entries["cloud@1"].spec
    assert (spec.origin, spec.base_path, spec.upstream_model) == (
        "https://api.example",
        "/v1",
        "up",
    )
    assert (spec.dialect, spec.location) == (Dialect.OPENAI, Location.EXTERNAL)
    assert (spec.approved, spec.residency) == ({DataClass.PUBLIC}, {"us"})
    assert spec.capabilities == {Capability.CHAT}
    assert spec.price == Price(1.0, 2.5)


@pytest.mark.parametrize(
    ("base_url", "origin", "path"),
    [
        ("https://API.Example:443/", "https://api.example", ""),
        ("https://api.example:8443/a/b/", "https://api.example:8443", "/a/b"),
        ("http://127.0.0.1:9/v1", "http://127.0.0.1:9", "/v1"),
        ("http://[::1]:9", "http://[::1]:9", ""),
        ("http://localhost:80/v1", "http://localhost", "/v1"),
    ],
)
def test_one_server_has_one_origin(base_url, origin, path):
    backend = f"{{kind: anthropic, provider: p, base_url: '{base_url}', model: m}}"
    registered = build(text(entry(backend=backend))).entries["cloud@1"]
    assert (registered.spec.origin, registered.spec.base_path) == (origin, path)
    assert registered.backend.base_url == origin + path


def test_our_engine_has_no_origin_and_is_called_by_its_key(tmp_path):
    written = text(entry(location="on-prem", residency="[on-prem]", backend=VLLM))
    registered = build(written).entries["cloud@1"]
    assert (registered.spec.origin, registered.spec.base_path) == (None, "")
    assert registered.spec.upstream_model == "cloud@1"
    assert isinstance(registered.backend, VllmBackend)
    assert registered.backend.weights == EmbeddedWeights("tiny")
    assert registered.backend.profiles["cpu"].engine == {"max_model_len": 100}


def test_a_checkpoint_is_found_from_where_the_file_lies(tmp_path):
    path = tmp_path / "models.yaml"
    written = VLLM.replace("embedded: tiny", "path: weights/x")
    path.write_text(text(entry(location="on-prem", residency="[on-prem]", backend=written)))
    backend = load_registry(path).entries["cloud@1"].backend
    assert backend.weights == WeightsDirectory(tmp_path.resolve() / "weights/x")


def test_a_server_of_the_customers_own_is_pinned_and_its_weights_unverified():
    registered = build(text(on_prem())).entries["cloud@1"]
    assert registered.backend.pinned_certificate_sha256 == "ab" * 32
    assert registered.backend.allowed_networks == ("10.1.0.0/16",)
    assert registered.spec.weights_digest is None
    assert not registered.spec.is_external


def test_a_model_says_which_fields_it_takes_besides():
    backend = "{kind: openai, provider: p, base_url: 'https://a.example', model: m, "
    backend += "accepts_fields: [top_k, min_p]}"
    assert build(text(entry(backend=backend))).models[0].accepts_fields == {"top_k", "min_p"}


def test_a_bare_id_means_the_version_that_its_alias_names():
    written = text(entry(), entry(version='"2"'), aliases='{cloud: "2"}')
    registry = build(written)
    assert registry.resolve("cloud").key == "cloud@2"
    assert registry.resolve("cloud@1").key == "cloud@1"
    assert registry.resolve("cloud@3") is None
    assert registry.resolve("fast") is None


def test_measured_weights_become_part_of_what_is_recorded():
    registry = build(text(entry())).with_weights_digests({"cloud@1": "sha256:00"})
    assert registry.resolve("cloud").weights_digest == "sha256:00"
    with pytest.raises(KeyError):
        registry.with_weights_digests({"other@1": "sha256:00"})


def test_a_newer_schema_is_named_and_nothing_else_is_judged():
    (problem,) = problems("schema: 4\nentries: []\n")
    assert problem.line == 1
    assert "schema: 3" in problem.cure


def http(**changes: str) -> str:
    keys = {"kind": "openai", "provider": "p", "base_url": "'https://a.example'", "model": "m"}
    return "{" + ", ".join(f"{key}: {value}" for key, value in (keys | changes).items()) + "}"


# Lines 1 and 2 are `schema` and `models`; an entry is 9 lines, from its id to its backend.
ID, VERSION, LOCATION, RESIDENCY, APPROVED, CAPABILITIES, CONTEXT, PRICE, BACKEND = range(3, 12)
ALIASES = 12


@pytest.mark.parametrize(
    ("written", "line", "says", "cure"),
    [
        (text(entry(backend=http(colour="red"))), BACKEND, "unknown key", "remove it"),
        (text(entry(contxt_tokens="1")), 12, "unknown key", "write `context_tokens`"),
        (text(entry(version="2025-08-07")), VERSION, "date", "quote"),
        (text(entry(version="1")), VERSION, "not text", "quotes"),
        (text(entry(id="Cloud")), ID, "not a model id", "lower-case"),
        (text(entry(id="'a b'")), ID, "not a model id", "lower-case"),
        (text(entry(id="fast"), aliases='{fast: "1"}'), ID, "name of a choice", "another id"),
        (text(entry(id="auto"), aliases='{auto: "1"}'), ID, "name of a choice", "another id"),
        (text(entry(), entry()), 12, "cloud@1 is already on line 3", "another version"),
        (text(entry(), aliases='{cloud: "2"}'), ALIASES, "names version 2", '"1"'),
        (text(entry(), aliases='{cloud: "1", clowd: "1"}'), ALIASES, "clowd", "write `cloud`"),
        (text(entry(), aliases="{}"), ID, "no alias", 'add `cloud: {champion: "1"}`'),
        (text(entry(residency="[no]")), RESIDENCY, "not text", "quotes"),
        (text(entry(residency="[us, us]")), RESIDENCY, "twice", "one of them"),
        (text(entry(residency="[on-prem]")), RESIDENCY, "claims to reside on-prem", "region"),
        (text(entry(approved_data_classes="[restricted]")), APPROVED, "never leaves", "remove"),
        (text(entry(approved_data_classes="[internal]")), APPROVED, "sensitive: public", "add"),
        (text(entry(approved_data_classes="[]")), APPROVED, "not valid", "at least 1"),
        (text(entry(approved_data_classes="[pubic]")), APPROVED, "allowed", "write `public`"),
        (text(entry(capabilities="[chat, toolz]")), CAPABILITIES, "allowed", "write `tools`"),
        (text(entry(context_tokens="0")), CONTEXT, "not valid", "greater than"),
        (text(entry(price="{input_usd_per_mtok: 1}")), PRICE, "missing", "output_usd"),
        (text(entry(location="external", backend=VLLM)), LOCATION, "external", "on-prem"),
        (text(entry(backend=http(kind="opnai"))), BACKEND, "unknown 'kind'", "'openai'"),
        (text(entry(backend=http(credential="sk-123"))), BACKEND, "environment", "never write"),
        (text(entry(backend=http(base_url="'http://a.example'"))), BACKEND, "plain", "https"),
        (text(entry(backend=http(base_url="a.example"))), BACKEND, "neither", "https"),
        (text(entry(backend=http(base_url="'https://u:p@a.b'"))), BACKEND, "password", "environ"),
        (text(entry(backend=http(base_url="'https://a.b?k=1'"))), BACKEND, "query", "https"),
        (text(entry(backend=http(base_url="'https://a.b/../c'"))), BACKEND, "two ways", "https"),
        (text(entry(backend=http(base_url="'https:///v1'"))), BACKEND, "no host", "https"),
        (text(entry(backend=http(base_url="'https://a.b:x'"))), BACKEND, "no valid host", "https"),
        (text(entry(backend=http(allowed_networks="[10.0.0.1/8]"))), BACKEND, "not one", "CIDR"),
        (
            text(entry(backend=http(kind="anthropic"), capabilities="[chat, embeddings]")),
            CAPABILITIES,
            "embeddings",
            "remove embeddings",
        ),
        (text(on_prem(backend=SECURE.replace("allowed_networks: [10.1.0.0/16], ", ""))), BACKEND,
         "does not say in which networks", "allowed_networks"),
        (text(on_prem(backend=http(allowed_networks="[10.1.0.0/16]"))), BACKEND,
         "not pinned", "pinned_certificate_sha256"),
        (text(on_prem(backend=http(kind="anthropic", allowed_networks="[10.1.0.0/16]"))), BACKEND,
         "not pinned", "pinned_certificate_sha256"),
        (text(on_prem(backend=SECURE.replace("10.1.0.0/16", "0.0.0.0/0"))), BACKEND,
         "much of the internet", "networks of the servers"),
        (text(on_prem(backend=SECURE.replace("llm.example", "10.2.0.1"))), BACKEND,
         "none of its allowed", "add its network"),
        (text(on_prem(backend=SECURE.replace("'AB:", "'XY:"))), BACKEND, "SHA-256", "openssl"),
        (text(on_prem(backend=SECURE.replace("https:", "http:"))), BACKEND, "plain", "https"),
        (text(on_prem(backend=VLLM.replace("embedded: tiny", ""))), BACKEND, "exactly one", "DIR"),
        (text(on_prem(backend=VLLM.replace("tiny", "tiny, path: x"))), BACKEND, "exactly one", "D"),
        (text(on_prem(backend=VLLM.replace("len: 100", "len: 99"))), BACKEND, "fewer", "raise"),
        (text(on_prem(backend=VLLM.replace("cpu:", "cuda:"))), BACKEND, "0 GPUs", "positive"),
        (text(on_prem(backend=VLLM.replace("cpu:", "tpu:"))), BACKEND, "allowed", "'cuda'"),
        (text(on_prem(backend=VLLM, capabilities="[chat, embeddings]")), CAPABILITIES,
         "one way", "two entries"),
    ],
)  # fmt: skip
def test_what_must_not_be_served_is_refused_with_line_and_cure(written, line, says, cure):
    found = problems(written)
    matching = [problem for problem in found if says in problem.problem]
    assert matching, [str(problem) for problem in found]
    assert matching[0].line == line
    assert cure in matching[0].cure
    assert matching[0].file == "models.yaml"


def test_no_problem_repeats_what_may_be_a_secret():
    written = text(
        entry(backend=http(credential="sk-123", base_url="'https://me:hunter2@a.example'"))
    )
    assert not any(
        secret in str(problem) for problem in problems(written) for secret in ("sk-123", "hunter2")
    )


def test_http_on_loopback_may_stand_in_for_both_kinds():
    local = http(base_url="'http://127.0.0.1:8000/v1'", allowed_networks="[127.0.0.0/8]")
    assert build(text(entry(backend=local)))
    assert build(text(on_prem(backend=local)))
