"""What a new user reads when the cluster is up: the URL, a key, three requests to paste."""

from __future__ import annotations

import json

import typer

from serving.cluster.paths import ClusterPaths
from serving.cluster.report import Report

_REQUESTS = (
    (
        "a harmless request goes where it is best served",
        "v1/chat/completions",
        "Write a haiku about autumn.",
    ),
    (
        "one with personal data in it stays on-prem",
        "v1/chat/completions",
        "Draft a reply to jane.roe@example.com, SSN 536-22-8726, about her appointment.",
    ),
    (
        "the private endpoint is never external",
        "private/v1/chat/completions",
        "What is the capital of France?",
    ),
)


def greet(report: Report, key: str | None, took_s: float | None, paths: ClusterPaths) -> None:
    """Prints to stdout, so that it can be captured while progress goes to stderr."""
    lines = [""]
    if took_s is not None:
        lines += [f"Ringfence is up after {took_s:.0f} s.", ""]
    lines += [f"  URL  {report.url}"]
    if key is None:
        lines += ["  Key  yours; for another: ringfence keys create --team default"]
        shown = "$RINGFENCE_API_KEY"
    else:
        lines += [f"  Key  {key}", f"       (kept in {paths.first_key_file}, mode 0600)"]
        shown = key
    if report.simulated:
        lines += [f"  Simulated providers: {', '.join(report.simulated)} (their words are made up)"]
    for credential in sorted(paths.providers.glob("*")):
        lines += [
            f"  Real provider: {credential.name}, kept in {credential.parent}; without that file "
            "the simulator stands in"
        ]
    for number, (what, path, prompt) in enumerate(_REQUESTS, start=1):
        lines += ["", f"{number}. {what}:", "", curl(report.url, path, shown, prompt)]
    lines += ["", "The response headers x-ringfence-… say what was decided, and why.", ""]
    typer.echo("\n".join(lines))


def curl(url: str, path: str, key: str, prompt: str) -> str:
    """One request for a POSIX shell."""
    message = {"role": "user", "content": prompt}
    body = {"model": "auto", "max_tokens": 64, "temperature": 0, "messages": [message]}
    return (
        f"curl -sS -i {url}/{path} \\\n"
        f'  -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\\n'
        f"  -d '{json.dumps(body)}'"
    )
