"""What commands say where models.yaml stands and no recorded move has brought it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from router.config.yaml_document import YamlDocument, load_yaml
from router.errors import ConfigError
from router.lifecycle.by_hand import undone_retirements
from router.lifecycle.unrecorded import Unrecorded, read_unrecorded
from router.store.database import reading
from serving.cli.output import err
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths


def look(state_dir: Path, document: YamlDocument) -> Sequence[Unrecorded]:
    """Nothing where there is no state directory: looking makes none."""
    paths = ClusterPaths.of(state_dir)
    if not paths.state.is_dir():
        return ()
    engine = open_database(paths)
    try:
        with reading(engine).begin() as connection:
            return read_unrecorded(connection, document)
    finally:
        engine.dispose()


def require_startable(state_dir: Path, models: Path) -> None:
    """Warns of what is not recorded, in a line. Raises ConfigError where what was retired is back.

    For starts: all else that was edited by hand serves, since a cluster has to come up, and is
    named until a move has been made or somebody has answered for it.
    """
    document = load_yaml(models)
    found = look(state_dir, document)
    problems = tuple(undone_retirements(found, document))
    if problems:
        raise ConfigError(problems)
    if found:
        names = ", ".join(dict.fromkeys(each.place.name for each in found))
        err.print(
            f"warning: no recorded move has brought {names} to where models.yaml says: "
            "ringfence models list",
            style="yellow",
            markup=False,
        )
