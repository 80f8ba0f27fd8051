"""Where the cluster's database is: kept in a file of mode 0600, since it may hold a password."""

from __future__ import annotations

from collections.abc import MutableMapping

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private

VARIABLE = "RINGFENCE_DATABASE_URL"
_POSTGRESQL = "postgresql+psycopg"
_DRIVERS = ("postgres", "postgresql", _POSTGRESQL)


def take_database_url(
    paths: ClusterPaths, url: str | None, environ: MutableMapping[str, str]
) -> None:
    """Keeps `url`, or what the environment says, for this start and the later ones.

    The variable is taken out of the environment, which Ray would copy to every process. Without
    either the database stays what it is: the one of an earlier start, or SQLite in the state
    directory. Raises ValueError for another kind of database; the message does not quote it.
    """
    said = environ.pop(VARIABLE, "").strip()
    if chosen := (url or said):
        write_private(paths.database_url_file, _checked(chosen).encode())


def _checked(text: str) -> str:
    """The URL with the driver that we use; libpq's own spellings mean it as well."""
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in _DRIVERS or not url.database:
        raise ValueError(
            "the database's URL is not one of PostgreSQL:"
            f" write {_POSTGRESQL}://USER:PASSWORD@HOST/DATABASE into {VARIABLE}"
        )
    return url.set(drivername=_POSTGRESQL).render_as_string(hide_password=False)
