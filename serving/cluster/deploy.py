"""The Serve application as data: what is deployed, with how many replicas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ray import serve
from ray.serve.schema import ServeDeploySchema

from serving.cluster.launch import Launch

APPLICATION_NAME = "ringfence"
GATEWAY = "gateway"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """`status` and `deployments` in Serve's words; `problems` are the failing ones' last lines."""

    status: str
    deployments: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def is_up(self) -> bool:
        return self.status == "RUNNING"

    @property
    def has_failed(self) -> bool:
        return self.status == "DEPLOY_FAILED"


def deploy_schema(
    launch: Launch, stand_ins: Mapping[str, str], replicas: Mapping[str, int]
) -> ServeDeploySchema:
    """`stand_ins` maps providers to base URLs; `replicas` deployments to their counts.

    `args` are the same for the same launch: when they change, Serve restarts every replica. Replica
    counts are not among them, so that scaling restarts none.
    """
    args = {
        "state_dir": launch.state_dir,
        "models": launch.models,
        "policy": launch.policy,
        "accelerator": launch.accelerator,
        "simulator": dict(sorted(stand_ins.items())),
        **launch.extra_args,
    }
    return ServeDeploySchema.model_validate(
        {
            "proxy_location": "HeadOnly",
            "http_options": {"host": launch.host, "port": launch.ports.http},
            "logging_config": {"enable_access_log": False},
            "applications": [
                {
                    "name": APPLICATION_NAME,
                    "route_prefix": "/",
                    "import_path": launch.import_path,
                    "args": args,
                    "deployments": [
                        {"name": name, "num_replicas": count}
                        for name, count in sorted(replicas.items())
                    ],
                }
            ],
        }
    )


def deploy(schema: ServeDeploySchema) -> None:
    """Hands the schema to Serve and returns at once.

    `serve.run` would do it in public, but makes up a new version each time and so restarts
    everything; the REST API, which is the public way, needs Ray's dashboard, another 200 MB and
    another port. This is what the REST API itself calls.
    """
    from ray.serve.context import _get_global_client  # noqa: PLC0415

    _get_global_client().deploy_apps(schema)


def application_state() -> ApplicationState:
    application = serve.status().applications.get(APPLICATION_NAME)
    if application is None:
        return ApplicationState("NOT_STARTED")
    deployments = application.deployments
    troubled = {
        name: overview.message
        for name, overview in deployments.items()
        if overview.status in ("UNHEALTHY", "DEPLOY_FAILED") and overview.message
    }
    problems = [f"{name}: {last_lines(text)}" for name, text in sorted(troubled.items())]
    if application.status == "DEPLOY_FAILED" and not problems:
        problems = [last_lines(application.message)]
    return ApplicationState(
        status=str(application.status.value),
        deployments={name: str(o.status.value) for name, o in sorted(deployments.items())},
        problems=tuple(problems),
    )


def last_lines(text: str, count: int = 4) -> str:
    """The end of a traceback is where it says what is wrong. Colours are taken out."""
    lines = [line for line in _COLOUR.sub("", text).splitlines() if line.strip()]
    return "\n".join(lines[-count:])
