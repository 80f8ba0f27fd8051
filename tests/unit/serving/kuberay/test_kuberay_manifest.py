"""What is rendered is what the custom resource definition takes, and the same each time."""

from __future__ import annotations

import hashlib
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.serving.kuberay.example_cluster import (
    EXAMPLE,
    GOLDEN,
    MODELS,
    golden_text,
    groups_of,
    models_file,
    of_kind,
    ray_service_of,
    rendered,
)

SCHEMA = EXAMPLE.parent / "rayservice.schema.json"

_SECRET = re.compile(r"(password|auth_token|api_key)\s*[:=]\s*\S", re.IGNORECASE)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return rendered(tmp_path_factory.mktemp("rules")).documents


def test_it_is_what_was_reviewed(tmp_path: Path) -> None:
    """After a change that is meant: python -m tests.unit.serving.kuberay.example_cluster"""
    assert golden_text(rendered(tmp_path)) == GOLDEN.read_text()


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    assert rendered(tmp_path).to_yaml() == rendered(tmp_path).to_yaml()


def test_the_network_comes_first_and_the_service_last(documents: Any) -> None:
    kinds = [document["kind"] for document in documents]
    assert kinds[0] == "NetworkPolicy"
    assert documents[0]["metadata"]["name"] == "ringfence-deny-all"
    assert kinds.index("ConfigMap") < kinds.index("RayService") < kinds.index("Service")


def test_a_rayservice_is_valid_by_the_custom_resource_definition(documents: Any) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(ray_service_of(documents))


def test_the_schema_finds_a_field_that_there_is_not(documents: Any) -> None:
    service = deepcopy(ray_service_of(documents))
    service["spec"]["rayClusterConfig"]["headGroupSpecs"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(service)


def test_a_cluster_without_a_groups_file_is_valid_as_well(tmp_path: Path) -> None:
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    schema.validate(ray_service_of(rendered(tmp_path, groups=()).documents))


def test_nothing_in_it_is_a_secret(tmp_path: Path) -> None:
    found = rendered(tmp_path)
    assert not of_kind(found.documents, "Secret")
    rest = [document for document in found.documents if document["kind"] != "ConfigMap"]
    for line in json.dumps(rest, indent=1).splitlines():
        assert not _SECRET.search(line.replace('"', "")), line


def test_rays_token_comes_from_a_secret_and_is_asked_for(documents: Any) -> None:
    cluster = ray_service_of(documents)["spec"]["rayClusterConfig"]
    assert cluster["authOptions"] == {"mode": "token", "secretName": "ringfence-ray-token"}
    for group in groups_of(documents).values():
        [container] = group["template"]["spec"]["containers"]
        env = {entry["name"]: entry["value"] for entry in container["env"]}
        assert env["RAY_AUTH_MODE"] == "token"
        assert "RAY_AUTH_TOKEN_PATH" not in env
        assert env["RAY_SERVE_USE_GRPC_BY_DEFAULT"] == "0"


def test_the_head_computes_nothing_and_has_no_gpu(documents: Any) -> None:
    head = groups_of(documents)["headgroup"]
    [container] = head["template"]["spec"]["containers"]
    assert head["rayStartParams"]["num-cpus"] == "0"
    assert "nvidia.com/gpu" not in container["resources"]["limits"]


def test_every_container_is_confined(documents: Any) -> None:
    for group in groups_of(documents).values():
        pod = group["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in (*pod["containers"], *pod["initContainers"]):
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["requests"]
            assert container["resources"]["limits"]["memory"]


def test_every_container_of_ray_has_probes_and_a_gateway_is_ready_when_it_answers(
    documents: Any,
) -> None:
    for name, group in groups_of(documents).items():
        [container] = group["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/api/healthz"
        ready = container["readinessProbe"]["httpGet"]
        assert ready == (
            {"path": "/-/healthz", "port": 8000}
            if name == "gateway"
            else {"path": "/api/healthz", "port": 52365}
        )


def test_credentials_are_in_the_adapters_pods_alone_and_engines_have_no_secret(
    documents: Any,
) -> None:
    secrets = {
        name: {
            volume["secret"]["secretName"]
            for volume in group["template"]["spec"]["volumes"]
            if "secret" in volume
        }
        for name, group in groups_of(documents).items()
    }
    public = "ringfence-public-keys"
    assert secrets == {
        "headgroup": set(),
        "gateway": {public, "ringfence-gateway"},
        "egress": {public, "ringfence-providers"},
        "h100-secure": set(),
        "l40s": set(),
    }
    for group in groups_of(documents).values():
        # The program itself only sees the copies that are its own.
        [container] = group["template"]["spec"]["containers"]
        assert "/run/secrets" not in json.dumps(container["volumeMounts"])


def test_weights_are_mounted_where_they_are_read_and_cannot_be_written(documents: Any) -> None:
    for name, group in groups_of(documents).items():
        [container] = group["template"]["spec"]["containers"]
        mounts = [m for m in container["volumeMounts"] if m["name"] == "weights"]
        assert bool(mounts) == (name in ("h100-secure", "l40s"))
        assert all(mount["readOnly"] for mount in mounts)


def test_engines_get_their_gpus_their_nodes_and_their_zone(documents: Any) -> None:
    groups = groups_of(documents)
    secure, plain = groups["h100-secure"], groups["l40s"]
    [container] = secure["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "8"
    assert (secure["replicas"], plain["replicas"]) == (2, 1)
    assert secure["template"]["spec"]["nodeSelector"]["ringfence/zone"] == "secure"
    assert secure["rayStartParams"]["resources"] == """'{"zone:secure": 1000}'"""
    assert "resources" not in plain["rayStartParams"]
    assert plain["template"]["spec"]["nodeSelector"] == {"ringfence/accelerator": "L40S"}
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in plain[
        "template"
    ]["spec"]["tolerations"]


def test_only_engines_have_processors_to_give_away(documents: Any) -> None:
    """A replica that asks for some lands on none of the others."""
    for name, group in groups_of(documents).items():
        given = group["rayStartParams"]["num-cpus"]
        assert (given != "0") == (name in ("h100-secure", "l40s"))


def test_clients_reach_the_gateways_and_no_other_pod(documents: Any) -> None:
    [service] = of_kind(documents, "Service")
    assert service["spec"]["selector"]["ringfence/role"] == "gateway"
    assert ray_service_of(documents)["spec"]["excludeHeadPodFromServeSvc"] is True


def test_budgets_cover_every_group_by_labels_that_its_pods_have(documents: Any) -> None:
    budgets = of_kind(documents, "PodDisruptionBudget")
    assert {b["metadata"]["name"] for b in budgets} == {
        f"ringfence-{name}" for name in ("head", "gateway", "egress", "h100-secure", "l40s")
    }
    for budget in budgets:
        assert set(budget) == {"apiVersion", "kind", "metadata", "spec"}
        assert budget["apiVersion"] == "policy/v1"
        assert set(budget["spec"]) == {"maxUnavailable", "selector"}
        assert budget["spec"]["selector"]["matchLabels"]["ringfence/cluster"] == "ringfence"


def test_names_and_ports_are_what_kubernetes_takes(documents: Any) -> None:
    label = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
    for document in documents:
        assert label.fullmatch(document["metadata"]["name"])
        assert document["metadata"]["namespace"] == "ringfence"
    for name, group in groups_of(documents).items():
        assert label.fullmatch(name)
        for port in group["template"]["spec"]["containers"][0]["ports"]:
            assert re.fullmatch(r"[a-z][a-z0-9-]{0,14}", port["name"])


def test_records_that_the_registry_names_are_where_pods_read_them(tmp_path: Path) -> None:
    record = tmp_path / "results" / "latency.json"
    record.parent.mkdir()
    record.write_text(json.dumps({"schema": 1}))
    digest = hashlib.sha256(record.read_bytes()).hexdigest()
    models = models_file(
        tmp_path,
        **{
            "    context_tokens: 32768\n": "    context_tokens: 32768\n    measured: {latency: "
            f"{{record: results/latency.json, sha256: {digest}}}}}\n"
        },
    )
    found = rendered(tmp_path, models).documents
    [rules] = of_kind(found, "ConfigMap")
    assert rules["data"]["record-2.json"] == record.read_text()
    volumes = groups_of(found)["headgroup"]["template"]["spec"]["volumes"]
    [volume] = [volume for volume in volumes if volume["name"] == "rules"]
    assert {"key": "record-2.json", "path": "results/latency.json"} in volume["configMap"]["items"]


def test_the_rules_are_the_files_byte_for_byte(documents: Any) -> None:
    [rules] = of_kind(documents, "ConfigMap")
    assert rules["data"]["models.yaml"] == MODELS.read_text()
