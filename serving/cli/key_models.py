"""Whether the models that a key is narrowed to are there: a wrong id would let it do nothing."""

from __future__ import annotations

from collections.abc import Sequence

from router.config.validate import closest
from router.config.yaml_document import load_yaml
from router.registry.load import build_registry
from serving.cli.options import MODELS
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.cluster.served_rules import served_rules


def known_models(ids: Sequence[str], paths: ClusterPaths) -> Sequence[str]:
    """The same ids. Raises ValueError for one that no model has of those that serve, or of
    models.yaml where nothing has served from here yet; ConfigError where that cannot be read.
    """
    # A version is refused later on, with its cure.
    names = [name for name in ids if "@" not in name]
    known = _known(paths) if names else set()
    for name in names:
        if name not in known:
            near = closest(name, sorted(known))
            cure = f"write {near}" if near else f"--models takes {', '.join(sorted(known))}"
            raise ValueError(f"there is no model {name!r}: {cure}")
    return ids


def _known(paths: ClusterPaths) -> set[str]:
    engine = open_database(paths)
    try:
        serving = served_rules(engine)
    finally:
        engine.dispose()
    if serving is not None:
        return {model.id for model in serving.registry.models}
    if not MODELS.exists():
        raise ValueError(
            f"nothing has served from {paths.state} yet, and there is no {MODELS} here to check "
            "the models against: go where it is"
        )
    return {model.id for model in build_registry(load_yaml(MODELS)).models}
