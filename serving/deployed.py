"""The backends of what is deployed, which comes and goes while a gateway serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from router.protocols import Backend
from router.registry.execution import DeployedModel
from serving.cluster.applications import application_of
from serving.handle import HandleBackend
from serving.replica_watch import ReplicaWatch


class DeployedBackends(Mapping[str, Backend]):
    """A backend for every registry key, by way of a handle that is made when it is asked for.

    There is one for a key that nothing is deployed under, too: its attempts end at once as
    unreachable. `look` blocks; a backend can be taken anywhere.
    """

    def __init__(
        self, watch: ReplicaWatch, read: Callable[[], Mapping[str, DeployedModel]]
    ) -> None:
        self._watch = watch
        self._read = read
        self._models: Mapping[str, DeployedModel] = {}
        self._backends: dict[str, HandleBackend] = {}

    def look(self) -> Mapping[str, DeployedModel]:
        """What is deployed now, which is what the mapping has from then on."""
        self._models = self._read()
        return self._models

    def lost(self) -> dict[str, int]:
        """Requests whose replica went away under them, by application, since the start."""
        return {name: backend.lost for name, backend in self._backends.copy().items()}

    def __getitem__(self, key: str) -> Backend:
        model = self._models.get(key)
        application = key if model is None else application_of(key, model)
        if application not in self._backends:
            self._backends[application] = HandleBackend(application, self._watch)
        return self._backends[application]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)
