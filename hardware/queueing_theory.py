"""Closed forms, where there are any: what the simulation is held against."""

from __future__ import annotations


def erlang_c(servers: int, offered: float) -> float:
    """The share of arrivals that wait in an M/M/c queue; `offered` is arrival rate · mean service.

    By the recurrence of Erlang's B formula, B(n) = a·B(n-1) / (n + a·B(n-1)), which does not
    overflow, and C = B / (1 - (a/c)·(1 - B)). Raises ValueError where the queue has no end.
    """
    _require_stable(servers, offered)
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mmc_waiting_s(requests_per_s: float, service_s: float, servers: int) -> float:
    """Mean time in the queue of M/M/c."""
    offered = requests_per_s * service_s
    return erlang_c(servers, offered) * service_s / (servers - offered)


def mgc_waiting_s(
    requests_per_s: float, service_s: float, service_cv: float, servers: int
) -> float:
    """Mean time in the queue of M/G/c by Lee and Longton: M/M/c's · (1 + cv²) / 2.

    Exact for one server (Pollaczek and Khinchine) and for exponential service.
    """
    return mmc_waiting_s(requests_per_s, service_s, servers) * (1 + service_cv**2) / 2


def _require_stable(servers: int, offered: float) -> None:
    if servers < 1 or not 0 <= offered < servers:
        raise ValueError(f"{servers} servers cannot take an offered load of {offered:g}")
