"""`ringfence render`: the same cluster for somebody else to run."""

from __future__ import annotations

import re
from importlib.metadata import version
from ipaddress import ip_interface
from pathlib import Path
from typing import Annotated

import typer

from router.policy.load import load_rules
from serving.cli.gate_start import warn_of_ungated
from serving.cli.options import MODELS, POLICY, STATE_DIR, Models, Policy, StateDir
from serving.cli.output import cures, err, fail
from serving.cluster.paths import ClusterPaths
from serving.kuberay.groups import load_groups
from serving.kuberay.settings import ClusterSettings

app = typer.Typer(help="Write a cluster down for somebody else to run.", no_args_is_help=True)


@app.callback()
def _render() -> None:
    """Write a cluster down for somebody else to run."""


@app.command()
def kuberay(
    image: Annotated[
        str, typer.Option(help="Container image with this release, best by its digest.")
    ],
    database_cidr: Annotated[
        str, typer.Option(help="Network of PostgreSQL: gateways reach nothing else outside.")
    ],
    models: Models = MODELS,
    policy: Policy = POLICY,
    gpu_groups: Annotated[
        Path | None,
        typer.Option(help="What GPU nodes there are; without, the models say which they need."),
    ] = None,
    name: Annotated[str, typer.Option(help="Of the cluster, and so of all that it has.")] = (
        "ringfence"
    ),
    namespace: Annotated[str, typer.Option(help="Where it runs.")] = "ringfence",
    gateways: Annotated[int, typer.Option(min=1, help="Pods with a gateway.")] = 2,
    database_port: Annotated[int, typer.Option(min=1, max=65535, help="Of PostgreSQL.")] = 5432,
    weights_claim: Annotated[
        str, typer.Option(help="Claim that the weights lie on, mounted as /weights.")
    ] = "ringfence-weights",
    ingress_namespace: Annotated[
        str, typer.Option(help="Whose pods may reach the gateways.")
    ] = "ingress-nginx",
    operator_namespace: Annotated[
        str, typer.Option(help="Where KubeRay's operator runs.")
    ] = "kuberay-operator",
    ray_version: Annotated[
        str | None, typer.Option(help="Of the image; without, the one installed here.")
    ] = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Write manifests for KubeRay: network policies, rules, budgets, the RayService, its Service.

    Nothing in them is a secret; docs/guides/kubernetes.md says which Secrets they ask for. The
    policy is proven first. Exit status: 0, or 1 if a model has no place in the cluster.

    Example: ringfence render kuberay --image IMAGE@sha256:… --database-cidr 10.2.0.7/32
    --gpu-groups groups.yaml > rayservice.yaml
    """
    # Serve's schema costs a second to import.
    from serving.kuberay.manifest import render  # noqa: PLC0415
    from serving.kuberay.rules_files import rules_files  # noqa: PLC0415
    from serving.kuberay.serve_config import serve_config  # noqa: PLC0415

    with cures():
        settings = ClusterSettings(
            name=_name(name, "--name"),
            namespace=_name(namespace, "--namespace"),
            image=_image(image),
            ray_version=ray_version or version("ray"),
            database_cidr=_network(database_cidr),
            database_port=database_port,
            weights_claim=_name(weights_claim, "--weights-claim"),
            gateways=gateways,
            ingress_namespace=_name(ingress_namespace, "--ingress-namespace"),
            operator_namespace=_name(operator_namespace, "--operator-namespace"),
        )
        groups = () if gpu_groups is None else load_groups(gpu_groups)
        rules = load_rules(models, policy)
        public_key = ClusterPaths.of(state_dir).audit_public_key
        key = public_key.read_bytes() if public_key.exists() else None
        config = serve_config(settings, rules.registry, key)
        rendered = render(settings, rules, rules_files(rules, models), groups, config)
        warn_of_ungated(ClusterPaths.of(state_dir), rules.policy.text)
    if "@sha256:" not in image:
        err.print(
            "warning: the image is named by a tag, which can mean another one tomorrow",
            style="yellow",
            markup=False,
        )
    if key is None:
        err.print(
            f"warning: {state_dir} has no audit key, so the weights' manifests are not verified;"
            " name the --state-dir that the cluster's secrets come from",
            style="yellow",
            markup=False,
        )
    typer.echo(rendered.to_yaml(), nl=False)
    for model, group in rendered.placed.items():
        err.print(f"{model} → {group}", markup=False)


def _image(text: str) -> str:
    """Raises ValueError for a digest that is none: nodes would find out one by one."""
    _, at, digest = text.partition("@")
    if at and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ValueError("--image: after the `@` comes `sha256:` and 64 hex digits")
    return text


def _name(text: str, option: str) -> str:
    """Raises ValueError for what Kubernetes takes for no name."""
    letters = text.replace("-", "")
    # The longest of ours adds 20 characters, and KubeRay adds as many again.
    if len(text) > 30 or not letters.isascii() or not letters.isalnum() or text != text.lower():
        raise ValueError(f"{option}: use up to 30 lower-case letters, digits and `-`")
    if text.strip("-") != text or text[0].isdigit():
        raise ValueError(f"{option}: begin with a letter, and end with a letter or digit")
    return text


def _network(text: str) -> str:
    try:
        said = ip_interface(text)
    except ValueError:
        fail("--database-cidr: write a network, as 10.2.0.0/24 or 10.2.0.7/32", 2)
    network = said.network
    if said.ip != network.network_address:
        fail(f"--database-cidr: write {network} for the network, or {said.ip} for the one host", 2)
    if network.prefixlen == 0:
        fail("--database-cidr: the whole internet is no network of a database", 2)
    return str(network)
