"""What somebody says who renders a cluster, and the names and places that all manifests share."""

from __future__ import annotations

from dataclasses import dataclass

VOLUME_DIR = "/var/lib/ringfence"
STATE_DIR = f"{VOLUME_DIR}/state"
"""Made in the volume by the pod's own user: the volume itself is root's."""

RULES_DIR = "/etc/ringfence"
SECRETS_DIR = "/run/secrets/ringfence"
WEIGHTS_DIR = "/weights"
MANIFESTS_SUBPATH = "ringfence-manifests"
"""Where on the weights' claim the manifests of imported weights lie."""
HAPROXY_DIR = "/tmp/haproxy"  # noqa: S108 -- a volume of the pod's own
CACHE_DIR = "/tmp/cache"  # noqa: S108 -- the same volume: what a pod makes of what the image has

ROLE_LABEL = "ringfence/role"
CLUSTER_LABEL = "ringfence/cluster"
PROVIDERS, PEERS = "providers", "peers"
"""The directories of credentials, of what is outside and of what is on-prem, below SECRETS_DIR."""

HEAD, GATEWAY, EGRESS, PEER, ENGINE = "head", "gateway", "egress", "peer", "engine"
"""EGRESS are the adapters of external providers, PEER those of servers on-prem."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """`database_cidr` is the network that PostgreSQL is in; namespaces are others' than the
    cluster's own, whose pods may come in. `ray_version` is that of the image.
    """

    name: str
    namespace: str
    image: str
    ray_version: str
    database_cidr: str
    database_port: int = 5432
    weights_claim: str = "ringfence-weights"
    gateways: int = 2
    adapters: int = 1
    ingress_namespace: str = "ingress-nginx"
    operator_namespace: str = "kuberay-operator"

    @property
    def ray_token_secret(self) -> str:
        """Has the key `auth_token`, as KubeRay wants it."""
        return f"{self.name}-ray-token"

    @property
    def public_keys_secret(self) -> str:
        """The public halves: `audit-public.key`, `clearance-public.key`. No secrets."""
        return f"{self.name}-public-keys"

    @property
    def gateway_secret(self) -> str:
        """What signs, derives and decrypts, and `database.url`."""
        return f"{self.name}-gateway"

    @property
    def providers_secret(self) -> str:
        """The external providers' credentials, each under the name that models.yaml gives it."""
        return f"{self.name}-providers"

    @property
    def peers_secret(self) -> str:
        """The same of servers on-prem: pods that reach the internet do not have it."""
        return f"{self.name}-peers"

    @property
    def rules_map(self) -> str:
        return f"{self.name}-rules"
