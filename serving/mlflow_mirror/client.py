"""MLflow's client, as far as a mirror needs it. The only file that imports MLflow.

It takes seconds to import, and sends usage statistics to its makers where nobody says no.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from serving.mlflow_mirror.errors import MirrorError, MlflowMissing

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # Nowhere but to the tracking URI.
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
}
_PATIENCE = {
    # MLflow's own would try for minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
_PAGE = 200
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_REASON_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class MirroredVersion:
    """One version of a registered model there; `number` is MLflow's own count, from 1."""

    number: int
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MirroredModel:
    """A registered model there: its versions in order, and its aliases with their numbers."""

    versions: tuple[MirroredVersion, ...]
    aliases: Mapping[str, int]


class MirrorClient(Protocol):
    """Every method raises MirrorError where the server does not do as it is asked."""

    def model(self, name: str) -> MirroredModel | None:
        """None where there is no registered model of that name."""
        ...

    def create_model(self, name: str) -> None: ...

    def create_version(self, name: str, source: str, tags: Mapping[str, str]) -> int:
        """Returns the version's number."""
        ...

    def set_tag(self, name: str, number: int, tag: str, value: str) -> None: ...

    def delete_tag(self, name: str, number: int, tag: str) -> None: ...

    def set_alias(self, name: str, alias: str, number: int) -> None: ...

    def delete_alias(self, name: str, alias: str) -> None: ...


class MlflowClient:
    """The MirrorClient of a tracking server. Made by `open_client`."""

    def __init__(self, client: Any, tracking_uri: str, *, page: int = _PAGE) -> None:
        self._client = client
        self._page = page
        self._credentials = urlsplit(tracking_uri).netloc.rpartition("@")[0]
        self._server = _without_credentials(tracking_uri)

    def model(self, name: str) -> MirroredModel | None:
        with self._errors():
            try:
                found = self._client.get_registered_model(name)
            except Exception as error:
                if getattr(error, "error_code", None) == _MISSING:
                    return None
                raise
            aliases = {alias: int(number) for alias, number in found.aliases.items()}
            return MirroredModel(tuple(self._versions(name)), aliases)

    def create_model(self, name: str) -> None:
        with self._errors():
            self._client.create_registered_model(name)

    def create_version(self, name: str, source: str, tags: Mapping[str, str]) -> int:
        with self._errors():
            # The artifacts stay where they are: there is no model to wait for.
            made = self._client.create_model_version(
                name, source=source, tags=dict(tags), await_creation_for=0
            )
            return int(made.version)

    def set_tag(self, name: str, number: int, tag: str, value: str) -> None:
        with self._errors():
            self._client.set_model_version_tag(name, str(number), tag, value)

    def delete_tag(self, name: str, number: int, tag: str) -> None:
        with self._errors():
            self._client.delete_model_version_tag(name, str(number), tag)

    def set_alias(self, name: str, alias: str, number: int) -> None:
        with self._errors():
            self._client.set_registered_model_alias(name, alias, str(number))

    def delete_alias(self, name: str, alias: str) -> None:
        with self._errors():
            self._client.delete_registered_model_alias(name, alias)

    def _versions(self, name: str) -> list[MirroredVersion]:
        found: list[MirroredVersion] = []
        token: str | None = None
        while True:
            # A model's id has no quotation marks (router/registry/schema.py).
            page = self._client.search_model_versions(
                f"name='{name}'", max_results=self._page, page_token=token
            )
            found += [MirroredVersion(int(version.version), dict(version.tags)) for version in page]
            token = page.token
            if not token:
                return sorted(found, key=lambda version: version.number)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            said = _reason(error)
            if self._credentials:  # MLflow's own messages quote the whole address
                said = said.replace(self._credentials, "…")
            raise MirrorError(f"the MLflow server at {self._server} {said}") from None


def open_client(tracking_uri: str) -> MlflowClient:
    """Effects: sets MLflow's variables in this process's environment, and imports it; connects to
    nothing. Raises MirrorError for what is not the address of a server, and MlflowMissing.
    """
    if urlsplit(tracking_uri).scheme not in {"http", "https"}:
        raise MirrorError(
            "the tracking URI has to be that of an MLflow server: --tracking-uri "
            "https://mlflow.example"
        )
    os.environ.update(_ENVIRONMENT)
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow.tracking import MlflowClient as Client  # noqa: PLC0415 -- an extra, and slow
    except ImportError:
        raise MlflowMissing(
            "MLflow is not installed: pip install -e '.[mlflow]' -c constraints.txt"
        ) from None
    return MlflowClient(Client(tracking_uri, registry_uri=tracking_uri), tracking_uri)


def _reason(error: Exception) -> str:
    """One line: MLflow quotes the stack of what it could not reach, and pages of proxies, whole."""
    unreachable = _cause(error, OSError)
    if unreachable is not None:
        return (
            f"does not answer ({type(unreachable).__name__}): see that it runs, and that "
            "--tracking-uri, or MLFLOW_TRACKING_URI, is its address"
        )
    code = getattr(error, "error_code", None) or type(error).__name__
    said = str(error).partition("\n")[0][:_REASON_CHARACTERS]
    return f"refuses: {said}" if code in said else f"refuses: {code}: {said}"


def _cause(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The first of a kind among an error and what led to it. Those of HTTP clients are OSErrors."""
    at: BaseException | None = error
    while at is not None and not isinstance(at, kind):
        at = at.__cause__ or at.__context__
    return at


def _without_credentials(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
