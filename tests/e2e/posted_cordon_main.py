"""A process of a cluster that posts a cordon, and withdraws it once it has been told to.

    python -m tests.e2e.posted_cordon_main ADDRESS

A replica would, but for the GPU that it takes.
"""

from __future__ import annotations

import sys

import ray

from serving.health.gpu import Cordon
from serving.telemetry.cordon_board import RayCordonBoard

INDEX, REASON = 3, "the driver has lost it"


def main(address: str) -> None:
    ray.init(address=address, log_to_driver=False, logging_level="error")
    board = RayCordonBoard()
    board.post(Cordon(INDEX, None, REASON, cure=""))
    sys.stdin.readline()
    board.withdraw(INDEX)
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
