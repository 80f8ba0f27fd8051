"""Four Ray nodes with GPUs on paper on this machine, two of them secure: where replicas land.

Run as `python -m tests.e2e.placement_main MODELS RUN_DIR FOUND`: with our warnings as errors Ray
Serve cannot be imported. Writes what it found into a file, as JSON. The engine only pretends.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import ray
from ray import serve
from ray.cluster_utils import Cluster

from router.registry.load import load_registry
from serving.cluster.applications import SIMULATED_ENGINE, Ground, applications
from serving.cluster.deploy import (
    APPLICATION_NAME,
    application_states,
    deploy,
    deploy_schema,
    details,
)
from serving.cluster.launch import Launch
from serving.cluster.nodes import is_zoned, read_nodes
from serving.cluster.ports import choose_ports
from serving.cluster.room import Demand, Room

PATIENCE_S = 240.0
STARTS = 4
NODE = {"num_cpus": 16, "num_gpus": 8, "object_store_memory": 80 * 1024 * 1024}
PAPER = {"accelerator_type:H100": 1}


def main() -> None:
    models, run_dir, found = map(Path, sys.argv[1:])
    cluster = _started(run_dir)
    try:
        ray.init(address=cluster.address, log_to_driver=False)
        found.write_text(json.dumps(_placed(models, run_dir)))
    finally:
        serve.shutdown()
        ray.shutdown()
        cluster.shutdown()


def _started(run_dir: Path) -> Cluster:
    """Ray gives a node 30 s to start and takes no other word: a busy machine gets another try."""
    for _ in range(STARTS):
        cluster = Cluster()
        try:
            # `include_dashboard` and `temp_dir` are the head's; the others follow it.
            cluster.add_node(
                **NODE, resources=PAPER, include_dashboard=False, temp_dir=str(run_dir)
            )
            for zone in ({}, {"zone:secure": 1_000}, {"zone:secure": 1_000}):
                cluster.add_node(**NODE, resources={**PAPER, **zone})
            cluster.wait_for_nodes(PATIENCE_S)
        except Exception as error:
            sys.stderr.write(f"the nodes did not start: {error}\n")
            cluster.shutdown()
        else:
            return cluster
    raise TimeoutError("the nodes did not start")


def _placed(models: Path, run_dir: Path) -> dict[str, object]:
    nodes = read_nodes()
    ground = Ground("cuda", str(run_dir), 1.0, SIMULATED_ENGINE, is_zoned=is_zoned(nodes))
    fleet = applications(load_registry(models), {}, ground)
    launch = Launch(
        cluster_id="c",
        state_dir=str(run_dir),
        models=str(models),
        policy="",
        host="127.0.0.1",
        ports=choose_ports("127.0.0.1", 0),
        accelerator="cuda",
        simulates_engines=True,
    )
    serve.start(proxy_location="Disabled")
    schema = deploy_schema(launch, fleet.values())
    engines = [each for each in schema.applications if each.name != APPLICATION_NAME]
    deploy(schema.model_copy(update={"applications": engines, "proxy_location": "Disabled"}))
    until_s = time.monotonic() + PATIENCE_S
    while not all(state.is_up for state in application_states(details()).values()):
        if time.monotonic() > until_s:
            raise TimeoutError(str(application_states(details())))
        time.sleep(0.5)
    secure = {node.id for node in nodes if "secure" in node.zones}
    room = Room(read_nodes())
    return {
        "nodes": len(nodes),
        "secure_nodes": len(secure),
        "replicas": {
            name: [replica.node_id in secure for replica in deployment.replicas]
            for application in details().applications.values()
            for name, deployment in application.deployments.items()
        },
        "room": {name: room.fitting(made.bundles) for name, made in fleet.items()},
        "shortage": {
            name: shortage.why
            for name, made in fleet.items()
            if (shortage := room.take(Demand(name, 1, made.bundles)))
        },
    }


if __name__ == "__main__":
    main()
