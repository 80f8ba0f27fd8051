"""Ray Serve's applications as they are to be, and as they are: everything that is said to Serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from ray.serve.schema import (
    ApplicationDetails,
    DeploymentDetails,
    ServeDeploySchema,
    ServeInstanceDetails,
)

from router.domain import JsonObject
from router.registry.execution import DeployedModel
from serving.cluster.applications import MODELS, ModelApplication
from serving.cluster.launch import Launch

APPLICATION_NAME = "ringfence"
GATEWAY = "gateway"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """`status` and `deployments` in Serve's words; `problems` are the failing ones' last lines.

    `running` is how many replicas of each deployment answer, `leaving` how many finish what they
    have. `wanted` is how many Serve wants now.
    """

    status: str
    deployments: dict[str, str] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    leaving: dict[str, int] = field(default_factory=dict)
    wanted: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def is_up(self) -> bool:
        return self.status == "RUNNING"

    @property
    def has_failed(self) -> bool:
        return self.status == "DEPLOY_FAILED"


def deploy_schema(launch: Launch, models: Iterable[ModelApplication]) -> ServeDeploySchema:
    """`args` of the gateway are the same for the same launch: when they change, Serve restarts it.

    Replica counts are not among an application's `args`, so that scaling restarts none.
    """
    judged: JsonObject = {} if launch.judged is None else {"judged": asdict(launch.judged)}
    gateway: JsonObject = {
        "name": APPLICATION_NAME,
        "route_prefix": "/",
        "import_path": "serving.app:build",
        "args": {
            "state_dir": launch.state_dir,
            "models": launch.models,
            "policy": launch.policy,
            **judged,
        },
        "deployments": [{"name": GATEWAY, "num_replicas": launch.gateway_replicas}],
    }
    return ServeDeploySchema.model_validate(
        {
            "proxy_location": "HeadOnly",
            "http_options": {"host": launch.host, "port": launch.ports.http},
            "logging_config": {"enable_access_log": False},
            "applications": [gateway, *(_application(model) for model in models)],
        }
    )


def _application(model: ModelApplication) -> JsonObject:
    deployment: JsonObject = {"name": model.name, **model.options}
    if model.autoscaling is None:
        deployment["num_replicas"] = model.replicas
    else:
        deployment["autoscaling_config"] = model.autoscaling
    return {
        "name": model.name,
        # Reached through handles alone.
        "route_prefix": None,
        "import_path": "serving.model_application:build",
        "args": model.args,
        "deployments": [deployment],
    }


def deploy(schema: ServeDeploySchema) -> None:
    """Hands the schema to Serve and returns at once. Applications that are not in it are ended.

    `serve.run` would do it in public, but makes up a new version each time and so restarts
    everything; the REST API, which is the public way, needs Ray's dashboard, another 200 MB and
    another port. This is what the REST API itself calls.
    """
    from ray.serve.context import _get_global_client  # noqa: PLC0415

    _get_global_client().deploy_apps(schema)


def details() -> ServeInstanceDetails:
    """All that Serve knows of its applications. Blocks on its controller."""
    from ray.serve.context import _get_global_client  # noqa: PLC0415

    return ServeInstanceDetails(**_get_global_client().get_serve_details())


def application_states(found: ServeInstanceDetails) -> dict[str, ApplicationState]:
    """By the application's name; an application that is being ended is among them until it is."""
    return {name: _state(application) for name, application in found.applications.items()}


def whole_state(states: Mapping[str, ApplicationState]) -> ApplicationState:
    """One for all: up when all are, failed when one has."""
    if not states:
        return ApplicationState("NOT_STARTED")
    statuses = [state.status for state in states.values()]
    failed = [status for status in statuses if status == "DEPLOY_FAILED"]
    waiting = [status for status in statuses if status != "RUNNING"]
    ordered = [state for _, state in sorted(states.items())]
    return ApplicationState(
        status=(failed or waiting or statuses)[0],
        deployments={n: word for state in ordered for n, word in state.deployments.items()},
        running={n: count for state in ordered for n, count in state.running.items()},
        leaving={n: count for state in ordered for n, count in state.leaving.items()},
        wanted={n: count for state in ordered for n, count in state.wanted.items()},
        problems=tuple(problem for state in ordered for problem in state.problems),
    )


def deployed_models(found: ServeInstanceDetails) -> dict[str, DeployedModel]:
    """What runs, or is being started, by registry key: as the applications themselves say."""
    models: dict[str, DeployedModel] = {}
    for application in found.applications.values():
        config = application.deployed_app_config
        if config is None or application.status.value == "DELETING":
            continue
        places = [config.args, *(deployment.user_config for deployment in config.deployments)]
        for place in places:
            said = place.get(MODELS) if isinstance(place, dict) else None
            for key, model in said.items() if isinstance(said, dict) else ():
                models[key] = DeployedModel(**model)
    return models


def _state(application: ApplicationDetails) -> ApplicationState:
    deployments = sorted(application.deployments.items())
    problems = [
        f"{name}: {last_lines(found.message)}"
        for name, found in deployments
        if found.status.value in ("UNHEALTHY", "DEPLOY_FAILED") and found.message
    ]
    if application.status.value == "DEPLOY_FAILED" and not problems:
        problems = [f"{application.name}: {last_lines(application.message)}"]
    return ApplicationState(
        status=str(application.status.value),
        deployments={name: str(found.status.value) for name, found in deployments},
        running={name: _count(found, "RUNNING") for name, found in deployments},
        leaving={name: _count(found, "STOPPING") for name, found in deployments},
        wanted={name: found.target_num_replicas for name, found in deployments},
        problems=tuple(problems),
    )


def _count(deployment: DeploymentDetails, state: str) -> int:
    return sum(replica.state.value == state for replica in deployment.replicas)


def last_lines(text: str, count: int = 4) -> str:
    """The end of a traceback is where it says what is wrong. Colours are taken out."""
    lines = [line for line in _COLOUR.sub("", text).splitlines() if line.strip()]
    return "\n".join(lines[-count:])
