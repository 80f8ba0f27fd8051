"""`ringfence render kuberay`: a stream on stdout that is all, words for people on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from serving.cli.render import app
from serving.cluster.applications import ENGINE
from tests.unit.serving.kuberay.example_cluster import (
    EXAMPLE,
    EXAMPLE_POLICY,
    GROUPS,
    MODELS,
    documents_of,
    models_file,
    policy_file,
    policy_text,
    ray_service_of,
)

IMAGE = "images.example/ringfence@sha256:" + "0" * 64


def run(directory: Path, *options: str, models: Path = MODELS) -> Result:
    arguments = {
        "--image": IMAGE,
        "--database-cidr": "10.2.0.7/32",
        "--models": str(models),
        "--policy": str(policy_file(directory)),
        "--gpu-groups": str(GROUPS),
        "--state-dir": str(directory / "state"),
    }
    given = [part for option in arguments.items() for part in option]
    return CliRunner().invoke(app, ["kuberay", *given, *options])


def applications(result: Result) -> dict[str, Any]:
    said = ray_service_of(documents_of(result.stdout))["spec"]["serveConfigV2"]
    return {one["name"]: one for one in yaml.safe_load(said)["applications"]}


def test_the_stream_has_serves_configuration_and_each_replica_its_place(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0, result.stderr
    found = applications(result)
    [gateway] = found["ringfence"]["deployments"]
    assert gateway["num_replicas"] == 2
    assert gateway["ray_actor_options"]["resources"] == {"gateway": 0.001}
    assert found["adapter-openai"]["args"]["bundles"] == [{"egress": 0.001}]
    # Models have no door of their own: they are reached by their handles.
    assert all(one["route_prefix"] is None for name, one in found.items() if name != "ringfence")


def test_what_is_restricted_asks_ray_for_a_secure_node(tmp_path: Path) -> None:
    found = applications(run(tmp_path))
    assert all("zone:secure" in bundle for bundle in found["llama-3.1-70b@1"]["args"]["bundles"])
    assert len(found["llama-3.1-70b@1"]["args"]["bundles"]) == 4
    assert all("zone:secure" not in b for b in found["llama-3.1-8b@1"]["args"]["bundles"])


def test_an_engine_serves_the_weights_of_the_digest_that_was_reviewed(tmp_path: Path) -> None:
    args = applications(run(tmp_path))["llama-3.1-70b@1"]["args"]
    assert args["weights"] == "/weights/llama-3.1-70b"
    assert "sha256:" + "a" * 64 in args["env"]["RINGFENCE_WEIGHTS"]
    assert args["class"] == ENGINE


def test_the_manifests_of_weights_are_verified_where_the_clusters_key_is_known(
    tmp_path: Path,
) -> None:
    without = run(tmp_path)
    assert "not verified" in without.stderr
    key = tmp_path / "state" / "secrets" / "audit-public.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(bytes(range(32)))
    with_key = run(tmp_path)
    assert "not verified" not in with_key.stderr
    environment = applications(with_key)["llama-3.1-8b@1"]["args"]["env"]["RINGFENCE_WEIGHTS"]
    assert bytes(range(32)).hex() in environment


def test_nothing_of_the_machine_that_renders_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", "postgresql://planted@db/x")
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "planted" not in result.stdout
    assert str(tmp_path) not in result.stdout
    assert str(Path.home()) not in result.stdout


def test_an_image_by_its_tag_is_warned_of(tmp_path: Path) -> None:
    assert "tomorrow" in run(tmp_path, "--image", "images.example/ringfence:1").stderr
    assert "tomorrow" not in run(tmp_path).stderr


@pytest.mark.parametrize(
    ("replaced", "cure"),
    [
        ({"{path: /weights/llama-3.1-8b}": "{path: llama}"}, "write `weights: {path: /weights/"),
        ({"{path: /weights/llama-3.1-8b}": "{embedded: smollm2}"}, "copy them onto the claim"),
        ({f'    weights_digest: "sha256:{"b" * 64}"\n': ""}, "ringfence weights import"),
        ({", zone: secure": ""}, "zone: secure"),
        ({"max: 4}\n      max_ongoing_requests: 256\n      placement: {accelerator_type: L40S}":
          "max: 5}\n      max_ongoing_requests: 256\n      placement: {accelerator_type: L40S}"},
         "raise `nodes`"),
    ],
)  # fmt: skip
def test_a_model_that_the_cluster_cannot_serve_is_refused_with_the_cure(
    tmp_path: Path, replaced: dict[str, str], cure: str
) -> None:
    result = run(tmp_path, models=models_file(tmp_path, **replaced))
    assert result.exit_code == 1
    assert cure in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("options", "status", "cure"),
    [
        (("--name", "My Cluster"), 1, "lower-case letters"),
        (("--namespace", "-"), 1, "lower-case letters"),
        (("--database-cidr", "db.internal"), 2, "10.2.0.0/24"),
        (("--database-cidr", "0.0.0.0/0"), 2, "whole internet"),
        (("--database-cidr", "10.2.0.7/24"), 2, "10.2.0.0/24 for the network, or 10.2.0.7"),
        (("--image", "images.example/ringfence@sha256:abc"), 1, "64 hex digits"),
        (("--gpu-groups", "none.yaml"), 1, "none.yaml"),
    ],
)
def test_options_that_are_wrong_name_the_cure(
    tmp_path: Path, options: tuple[str, ...], status: int, cure: str
) -> None:
    result = run(tmp_path, *options)
    assert result.exit_code == status
    assert cure in result.stderr
    assert result.stdout == ""


def test_help_has_an_example() -> None:
    assert (
        "Example: ringfence render kuberay" in CliRunner().invoke(app, ["kuberay", "--help"]).output
    )


def test_the_example_is_rendered_by_the_command_beside_it() -> None:
    assert EXAMPLE_POLICY.read_text("utf-8") == policy_text(), (
        "router/policy.yaml has changed: python -m tests.unit.serving.kuberay.example_cluster"
    )
    readme = (EXAMPLE.parent / "README.md").read_text("utf-8")
    [command] = [line for line in readme.splitlines() if line.startswith("ringfence render")]
    result = CliRunner().invoke(app, command.split()[2:])
    assert result.exit_code == 0, result.output
    assert "kind: RayService" in result.stdout
