"""The example of deploy/kuberay, as it is rendered."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from router.domain import JsonObject
from router.policy.load import load_rules
from router.policy.policy import Rules
from serving.cli.options import POLICY
from serving.kuberay.groups import NodeGroup, load_groups
from serving.kuberay.manifest import Rendered, render
from serving.kuberay.rules_files import rules_files
from serving.kuberay.settings import ClusterSettings

EXAMPLE = Path(__file__).parents[4] / "deploy" / "kuberay" / "example"
MODELS = EXAMPLE / "models.yaml"
GROUPS = EXAMPLE / "groups.yaml"
EXAMPLE_POLICY = EXAMPLE / "policy.yaml"

GOLDEN = Path(__file__).with_name("golden.yaml")
_ABOUT = """# What deploy/kuberay/example is rendered to: without the texts of the rules, and with a
# configuration of Serve that says only that there is one.
"""

SETTINGS = ClusterSettings(
    name="ringfence",
    namespace="ringfence",
    image="images.example/ringfence@sha256:" + "0" * 64,
    ray_version="2.60.0",
    database_cidr="10.2.0.7/32",
)
SERVE_CONFIG: JsonObject = {"applications": [{"name": "ringfence", "route_prefix": "/"}]}

_IDS = {
    "smollm2-135m-fast": "llama-3.1-8b",
    "smollm2-135m-private": "llama-3.1-70b",
    "claude-sonnet-4-5": "gpt-5-mini",
}


def policy_text() -> str:
    """The policy that ships, with the example's models in its tiers."""
    text = POLICY.read_text("utf-8")
    for shipped, ours in _IDS.items():
        text = text.replace(shipped, ours)
    return text


def policy_file(directory: Path) -> Path:
    file = directory / "policy.yaml"
    file.write_text(policy_text(), encoding="utf-8")
    return file


def models_file(directory: Path, **replaced: str) -> Path:
    """The example's models.yaml with texts replaced, each by the one after it."""
    text = MODELS.read_text()
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    file = directory / "models.yaml"
    file.write_text(text)
    return file


def example_rules(directory: Path, models: Path = MODELS) -> Rules:
    if models == MODELS:
        return _example()
    return load_rules(models, policy_file(directory))


@cache
def _example() -> Rules:
    """Proving takes most of a second."""
    with TemporaryDirectory() as directory:
        return load_rules(MODELS, policy_file(Path(directory)))


def rendered(
    directory: Path,
    models: Path = MODELS,
    groups: tuple[NodeGroup, ...] | None = None,
    settings: ClusterSettings = SETTINGS,
) -> Rendered:
    rules = example_rules(directory, models)
    groups = load_groups(GROUPS) if groups is None else groups
    return render(settings, rules, rules_files(rules, models), groups, SERVE_CONFIG)


def of_kind(documents: tuple[JsonObject, ...], kind: str) -> list[Any]:
    return [document for document in documents if document["kind"] == kind]


def ray_service_of(documents: tuple[JsonObject, ...]) -> Any:
    [found] = of_kind(documents, "RayService")
    return found


def groups_of(documents: tuple[JsonObject, ...]) -> dict[str, Any]:
    cluster = ray_service_of(documents)["spec"]["rayClusterConfig"]
    workers = {group["groupName"]: group for group in cluster["workerGroupSpecs"]}
    return {"headgroup": cluster["headGroupSpec"], **workers}


def documents_of(text: str) -> tuple[Any, ...]:
    return tuple(yaml.safe_load_all(text))


def golden_text(found: Rendered) -> str:
    """The stream without the texts of the rules, which are files of their own."""
    documents = tuple(
        {**document, "data": sorted(document["data"])}  # type: ignore[arg-type]
        if document["kind"] == "ConfigMap"
        else document
        for document in found.documents
    )
    return _ABOUT + replace(found, documents=documents).to_yaml()


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        GOLDEN.write_text(golden_text(rendered(Path(directory))))
    EXAMPLE_POLICY.write_text(policy_text(), encoding="utf-8")
