"""The policy as Ray Serve calls it, in its controller: imports no Ray, and no engine.

To Serve a policy is part of an application's code: with another one, or other arguments for it, all
replicas start again. So it is the same for every model that follows its load, and has no arguments;
targets go to replicas as their `user_config`, which they take up while they run, and come from them
with what they report.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from router.domain import JsonObject
from router.registry.deployment import Autoscaling, Bounds, Targets
from serving.autoscaling.policy import ModelLoad, replicas_wanted
from serving.autoscaling.reports import load_of, targets_of

_LOOK_BACK_S = 15.0
"""Serve averages a replica's reports over so long. It has them every 10 s, so not less."""


def follow_load(context: Any) -> tuple[int, dict[str, Any]]:
    """The count that is wanted, and no state: Serve keeps that of its delays itself.

    `context` is Serve's AutoscalingContext. Serve calls this ten times a second for each model, and
    pickles it by value, with what it refers to by its import path.
    """
    metrics, replicas = context.aggregated_metrics or {}, context.running_replicas
    load = ModelLoad(
        wanted=context.target_num_replicas,
        replicas=tuple(load_of(metrics, replica) for replica in replicas),
        ongoing_requests=context.total_num_requests,
    )
    least, most = context.capacity_adjusted_min_replicas, context.capacity_adjusted_max_replicas
    return replicas_wanted(targets_of(metrics, replicas), Bounds(least, most), load), {}


def autoscaling_config(rule: Autoscaling, bounds: Bounds, replicas: int) -> JsonObject:
    """Serve's, for a model that has `replicas` at first."""
    return {
        "min_replicas": bounds.least,
        "max_replicas": bounds.most,
        "initial_replicas": replicas,
        "upscale_delay_s": rule.upscale_delay_s,
        "downscale_delay_s": rule.downscale_delay_s,
        "look_back_period_s": _LOOK_BACK_S,
        "policy": {"policy_function": f"{__name__}:{follow_load.__name__}"},
    }


def told(rule: Autoscaling) -> JsonObject:
    """The `user_config` of an engine's replicas."""
    return asdict(rule.targets)


def targets_told(user_config: JsonObject) -> Targets:
    """What `told` said."""
    said: dict[str, Any] = user_config
    return Targets(**said)
