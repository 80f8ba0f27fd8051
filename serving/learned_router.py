"""The learned router that a policy names, if it may route; loaded once for each file."""

from __future__ import annotations

import logging
from collections.abc import Collection

from router.learned.artifact import BadArtifact, load_artifact
from router.learned.embedder import MiniLm
from router.learned.embedder_files import EmbedderMissing, ensure
from router.learned.live import LearnedRouter, is_allowed
from router.policy.routing_rules import LearnedReference
from serving.weights import cache_root

logger = logging.getLogger(__name__)


class LearnedRouters:
    """Keeps the last one, so that a change of anything else does not load it again."""

    def __init__(self) -> None:
        self._made: tuple[LearnedReference, frozenset[str], LearnedRouter | None] | None = None

    def of(
        self, reference: LearnedReference | None, registered: Collection[str]
    ) -> LearnedRouter | None:
        """None where none is named, or it may not route: the log says why, figures by task hold.

        Blocks for a second where it is new.
        """
        if reference is None:
            return None
        models = frozenset(registered)
        if self._made is None or self._made[:2] != (reference, models):
            self._made = reference, models, _loaded(reference, models)
        return self._made[2]


def _loaded(reference: LearnedReference, registered: Collection[str]) -> LearnedRouter | None:
    try:
        artifact = load_artifact(reference.path)
        encoder = MiniLm(ensure(cache_root()))
    except (BadArtifact, EmbedderMissing, OSError) as error:
        logger.warning("the learned router is off: %s", error)
        return None
    verdict = is_allowed(artifact, encoder.digest, registered)
    if not verdict.is_allowed:
        logger.warning("the learned router is off: %s", verdict.reason)
        return None
    return LearnedRouter(artifact, encoder)
