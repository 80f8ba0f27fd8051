"""Where the cluster's database is: kept in a file of mode 0600, since it may hold a password.

`up` takes it in; every other command works on what the state directory keeps, and says so where the
environment means another one.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from router.accounts.tables import api_keys
from router.store.database import connect, reading
from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private

VARIABLE = "RINGFENCE_DATABASE_URL"
_POSTGRESQL = "postgresql+psycopg"
_DRIVERS = ("postgres", "postgresql", _POSTGRESQL)
_SECRET_PARAMETERS = frozenset({"password", "sslpassword"})


def take_database_url(
    paths: ClusterPaths, url: str | None, environ: MutableMapping[str, str]
) -> None:
    """Keeps `url`, or what the environment says, for this start and the later ones.

    `url` is what the command line says. The variable is taken out of the environment, which Ray
    would copy to every process. Without either the database stays what it is: the one of an earlier
    start, or SQLite in the state directory. Connects to the databases only where there was one.

    Raises ValueError for another kind of database, for a password on the command line, and for an
    empty database in the place of one that is in use; messages quote no URL.
    """
    said = environ.pop(VARIABLE, "").strip()
    if url and _shows_a_secret(url):
        raise ValueError(
            "everybody on this machine can read a password in --database-url: put the whole URL "
            f"into the environment, as {VARIABLE}, or the password into a file that libpq reads, "
            "with ?passfile=/PATH at the URL's end"
        )
    if not (chosen := (url or said)):
        return
    wanted = _url(chosen)
    if wanted == paths.database_url:
        return
    if _is_left_behind(paths.database_url) and not _is_in_use(wanted):
        raise ValueError(
            f"{paths.state} has another database, whose keys and records the new one has not: copy "
            "them first (docs/guides/postgresql.md), begin anew with another --state-dir, or start "
            "without the URL"
        )
    write_private(paths.database_url_file, wanted.encode())


def refuse_another_database(paths: ClusterPaths, environ: Mapping[str, str]) -> None:
    """Raises ValueError where the environment names another database than the cluster's."""
    said = environ.get(VARIABLE, "").strip()
    if said and paths.database_url not in (said, _url(said)):
        raise ValueError(
            f"the URL of {VARIABLE} or --database-url is of another database than the one that "
            f"{paths.state} keeps: say nothing to work on that one, name the --state-dir of the "
            "other, or have `ringfence up` take it in while nothing runs"
        )


def _url(text: str) -> str:
    """The URL with the driver that we use; libpq's own spellings mean it as well."""
    url = _parsed(text)
    if url is None or url.drivername not in _DRIVERS or not url.database:
        raise ValueError(
            "the database's URL is not one of PostgreSQL:"
            f" write {_POSTGRESQL}://USER:PASSWORD@HOST/DATABASE into {VARIABLE}"
        )
    return url.set(drivername=_POSTGRESQL).render_as_string(hide_password=False)


def _shows_a_secret(text: str) -> bool:
    url = _parsed(text)
    return url is not None and (
        url.password is not None or not _SECRET_PARAMETERS.isdisjoint(url.query)
    )


def _parsed(text: str) -> URL | None:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return None


def _is_left_behind(url: str) -> bool:
    """Whether something would be missed. What cannot be read now may have anything in it."""
    try:
        return _is_in_use(url)
    except SQLAlchemyError:
        return True


def _is_in_use(url: str) -> bool:
    """Whether there is a key in it: the first start makes one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return False
    engine = connect(url)
    try:
        with reading(engine).connect() as connection:
            if not inspect(connection).has_table(api_keys.name):
                return False
            return connection.scalar(select(api_keys.c.id).limit(1)) is not None
    finally:
        engine.dispose()
