"""Nothing goes in or out but what is named; the internet is for the external adapters' pods."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from serving.kuberay.network import CannotReach, network_policies
from tests.unit.serving.kuberay.example_cluster import (
    SETTINGS,
    example_rules,
    groups_of,
    models_file,
    of_kind,
    rendered,
)

_PEER = """  - id: on-site
    version: "1"
    owner: the platform team
    licence: proprietary
    lifecycle: {state: candidate, since: "2026-11-22"}
    next_review: "2027-11-22"
    location: on-prem
    residency: [on-prem]
    approved_data_classes: [public, internal, confidential, restricted]
    capabilities: [chat]
    context_tokens: 8192
    price: {input_usd_per_mtok: 0.0, output_usd_per_mtok: 0.0}
    backend:
      kind: openai
      provider: on-site
      base_url: https://models.internal:8443/v1
      model: any
      allowed_networks: [10.9.0.0/24]
      pinned_certificate_sha256: "%s"

providers:
""" % ("ab" * 32)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return rendered(tmp_path_factory.mktemp("rules")).documents


def selects(policy: Any, labels: dict[str, str]) -> bool:
    wanted = policy["spec"]["podSelector"].get("matchLabels", {})
    return all(labels.get(name) == value for name, value in wanted.items())


def labels_of(group: Any) -> dict[str, str]:
    found: dict[str, str] = group["template"]["metadata"]["labels"]
    return found


def blocks_of(policy: Any) -> list[Any]:
    return [
        (peer["ipBlock"]["cidr"], rule["ports"])
        for rule in policy["spec"].get("egress", [])
        for peer in rule.get("to", [{}])
        if "ipBlock" in peer
    ]


def ways_out(documents: Any, group: Any) -> list[Any]:
    """The networks outside of the cluster that a group's pods reach, with the ports."""
    return [
        block
        for policy in of_kind(documents, "NetworkPolicy")
        if selects(policy, labels_of(group))
        for block in blocks_of(policy)
    ]


def test_only_the_pods_of_external_adapters_reach_the_internet(documents: Any) -> None:
    https = [{"protocol": "TCP", "port": 443}]
    for name, group in groups_of(documents).items():
        open_to = [block for block in ways_out(documents, group) if block[0] == "0.0.0.0/0"]
        assert open_to == ([("0.0.0.0/0", https)] if name == "egress" else [])


def test_gateways_reach_the_database_and_engines_reach_nothing(documents: Any) -> None:
    groups = groups_of(documents)
    postgresql = [{"protocol": "TCP", "port": 5432}]
    assert ways_out(documents, groups["gateway"]) == [("10.2.0.7/32", postgresql)]
    for name in ("headgroup", "h100-secure", "l40s"):
        assert ways_out(documents, groups[name]) == []


def test_what_adapters_reach_is_not_the_companys_own_network(documents: Any) -> None:
    [policy] = [p for p in of_kind(documents, "NetworkPolicy") if "internet" in str(p["metadata"])]
    block = policy["spec"]["egress"][0]["to"][0]["ipBlock"]
    metadata = ip_network("169.254.169.254/32")
    assert any(metadata.subnet_of(ip_network(cidr)) for cidr in block["except"])
    assert any(ip_network("10.1.2.3/32").subnet_of(ip_network(c)) for c in block["except"])


def test_every_pod_is_denied_both_directions_by_default(documents: Any) -> None:
    deny = of_kind(documents, "NetworkPolicy")[0]
    assert deny["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert deny["spec"]["ingress"] == deny["spec"]["egress"] == []
    for group in groups_of(documents).values():
        assert selects(deny, labels_of(group))


def test_rules_name_their_peers_and_their_ports(documents: Any) -> None:
    """A rule without either would be a rule for everybody, or for every port."""
    for policy in of_kind(documents, "NetworkPolicy"):
        assert policy["apiVersion"] == "networking.k8s.io/v1"
        assert set(policy["spec"]) <= {"podSelector", "policyTypes", "ingress", "egress"}
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            is_said = direction.title() in policy["spec"]["policyTypes"]
            assert (direction in policy["spec"]) == is_said
            for rule in policy["spec"].get(direction, []):
                assert set(rule) == {peers, "ports"}
                assert all(rule[peers])
                assert all("port" in port for port in rule["ports"])


@pytest.mark.parametrize("port", [8404, 9101, 9000, 9500, 8500, 10001, 20032, 40000])
def test_haproxys_own_ports_serves_grpc_and_rays_client_are_open_to_nobody(
    documents: Any, port: int
) -> None:
    for policy in of_kind(documents, "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            for opened in rule["ports"]:
                assert not opened["port"] <= port <= opened.get("endPort", opened["port"])


def test_clients_come_by_the_ingress_alone_and_only_to_gateways(documents: Any) -> None:
    """Port 8000 is open to one namespace, on the pods of one role."""
    opened = [
        (policy["spec"]["podSelector"]["matchLabels"].get("ringfence/role"), rule["from"])
        for policy in of_kind(documents, "NetworkPolicy")
        for rule in policy["spec"].get("ingress", [])
        if any(port["port"] == 8000 for port in rule["ports"])
    ]
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": SETTINGS.ingress_namespace}}
    assert opened == [("gateway", [{"namespaceSelector": namespace}])]


def test_the_operator_reaches_the_head(documents: Any) -> None:
    [policy] = [p for p in of_kind(documents, "NetworkPolicy") if "operator" in str(p["metadata"])]
    assert policy["spec"]["podSelector"]["matchLabels"]["ringfence/role"] == "head"
    assert policy["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8265}]


def test_servers_on_prem_are_reached_by_pods_that_reach_nothing_else(tmp_path: Path) -> None:
    """They may be sent restricted data, which then never is where the internet is."""
    aliases = "aliases:\n"
    models = models_file(
        tmp_path,
        **{"providers:\n": _PEER, aliases: f'{aliases}  on-site: {{candidate: "1"}}\n'},
    )
    documents = rendered(tmp_path, models).documents
    groups = groups_of(documents)
    port = [{"protocol": "TCP", "port": 8443}]
    assert ways_out(documents, groups["peer"]) == [("10.9.0.0/24", port)]
    assert ("10.9.0.0/24", port) not in ways_out(documents, groups["egress"])


def test_a_cluster_without_external_models_has_no_way_to_the_internet(tmp_path: Path) -> None:
    entries = example_rules(tmp_path).registry.entries
    inside = [entry for entry in entries.values() if entry.spec.origin is None]
    policies = network_policies(SETTINGS, inside)
    assert "0.0.0.0/0" not in [block[0] for policy in policies for block in blocks_of(policy)]


def test_an_external_model_on_another_port_is_refused_with_the_cure(tmp_path: Path) -> None:
    models = models_file(
        tmp_path, **{"https://api.openai.com/v1": "https://api.openai.com:8443/v1"}
    )
    with pytest.raises(CannotReach, match="only one that is open"):
        rendered(tmp_path, models)
