"""Servers reached over HTTP: what must be sure before a body may be sent to one.

An external one is known by its https certificate's name. An on-prem one is only believed to be
on-prem if its addresses are in networks that the operator named and its certificate is the one that
was pinned: its residency is a claim that DNS alone must not be able to break.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TypeAlias

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Capability, Location
from router.errors import ConfigProblem
from router.registry.origin import BaseUrl, parse_base_url
from router.registry.schema import HttpEntry, ModelEntry

IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# Broader than 10.0.0.0/8 or fc00::/7 is no network that anybody has to themselves.
_SHORTEST_PREFIX = {4: 8, 6: 7}
_NOT_ANTHROPIC = {Capability.COMPLETIONS, Capability.EMBEDDINGS}


def check_http(
    entry: ModelEntry, backend: HttpEntry, path: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    here = (*path, "backend")
    missing = sorted(_NOT_ANTHROPIC.intersection(entry.capabilities))
    if backend.kind == "anthropic" and missing:
        yield document.problem(
            (*path, "capabilities"),
            f"{entry.id} claims {', '.join(missing)}, which Anthropic's API does not have",
            f"remove {', '.join(missing)}",
        )
    try:
        url = parse_base_url(backend.base_url)
    except ValueError as error:
        yield document.problem(
            (*here, "base_url"),
            f"the base_url of {entry.id} {error}",
            "write https://HOST[:PORT][/PATH]; credentials go into the environment",
        )
        return
    if entry.location is Location.EXTERNAL:
        if url.scheme != "https" and not url.is_loopback:
            yield document.problem(
                (*here, "base_url"),
                f"{entry.id} is external and would be sent plain text over the network",
                "write https://",
            )
    else:
        yield from _check_on_prem(entry, backend, url, here, document)
    networks: list[IpNetwork] = []
    for index, text in enumerate(backend.allowed_networks):
        at = (*here, "allowed_networks", index)
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            yield document.problem(
                at, f"an allowed network of {entry.id} is not one", "write a CIDR, as 10.2.0.0/16"
            )
            return
        networks.append(network)
        if network.prefixlen < _SHORTEST_PREFIX[network.version]:
            yield document.problem(
                at, f"{network} holds much of the internet", "name the networks of the servers"
            )
    address = url.address
    if networks and address is not None and not any(address in network for network in networks):
        yield document.problem(
            (*here, "allowed_networks"),
            f"the address of {entry.id} is in none of its allowed networks",
            "add its network, or correct `base_url`",
        )


def _check_on_prem(
    entry: ModelEntry, backend: HttpEntry, url: BaseUrl, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    if not backend.allowed_networks:
        yield document.problem(
            here,
            f"{entry.id} is on-prem over HTTP and does not say in which networks",
            "add `allowed_networks: [CIDR, …]`, the networks that its servers are in",
        )
    if url.scheme == "http" and not url.is_loopback:
        yield document.problem(
            (*here, "base_url"),
            f"{entry.id} would be sent plain text over the network",
            "write https:// and pin its certificate; http:// is for loopback alone",
        )
    if url.scheme == "https" and backend.pinned_certificate_sha256 is None:
        yield document.problem(
            here,
            f"{entry.id} is on-prem over https and its certificate is not pinned",
            "add `pinned_certificate_sha256`, as `openssl x509 -noout -fingerprint -sha256` "
            "prints it",
        )
    if url.scheme == "http" and backend.pinned_certificate_sha256 is not None:
        yield document.problem(
            (*here, "pinned_certificate_sha256"),
            f"{entry.id} pins a certificate and is reached without one",
            "write https://, or remove the pin",
        )
