"""The log on the command line: verified, proved from, exported, with the place of what is wrong."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, delete, insert, select, update
from typer.testing import CliRunner

import serving
from router.audit.acts import Act, record_act
from router.audit.log.checkpoint import sign_checkpoint
from router.audit.log.sequence import sequence
from router.audit.log.tables import log_checkpoints
from router.audit.tables import audit_entries
from router.domain import Role
from router.lifecycle.tables import model_moves
from serving.cli.audit_log import app
from serving.cli.settling import settle_later, settling
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state
from tests.unit.router.audit.log.filled_log import BEGAN_S, add_decision, add_requests

ROOT = Path(serving.__file__).parent.parent


@dataclass
class Cluster:
    """A state directory with a signed log in it."""

    paths: ClusterPaths
    engine: Engine
    requests: list[str]

    def run(self, *command: str, token: str = "", columns: int = 250) -> Result:
        place = ["--state-dir", str(self.paths.state)]
        env = {"RINGFENCE_TOKEN": token, "COLUMNS": str(columns)}
        return CliRunner().invoke(app, [*command, *place], env=env)

    def json(self, *command: str, token: str = "") -> Any:
        done = self.run(*command, "--json", token=token)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def sign(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(self.paths.audit_private_key.read_bytes())
        with self.engine.begin() as connection:
            sequence(connection, 1_000)
            sign_checkpoint(connection, key, BEGAN_S + 60)

    def auditor(self) -> str:
        store = open_key_store(self.paths)
        _, text = store.create(team="audit", owner="a.auditor", roles=(Role.AUDITOR,))
        return text


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    paths = migrated_state(tmp_path / "state")
    engine = open_database(paths)
    with engine.begin() as connection:
        requests = add_requests(connection, 3)
    cluster = Cluster(paths, engine, requests)
    cluster.sign()
    yield cluster
    engine.dispose()


@pytest.mark.parametrize(
    "command", ["verify", "key", "prove", "consistency", "checkpoints", "export"]
)
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence audit {command}" in " ".join(shown.stdout.split())


def test_a_whole_log_is_said_to_be_whole(cluster: Cluster) -> None:
    done = cluster.run("verify")
    assert done.exit_code == 0
    assert " ".join(done.stdout.split()).startswith("entries in the log 6 of which signed 6")
    found = cluster.json("verify")
    assert (found["ok"], found["size"], found["signed"], found["faults"]) == (True, 6, 6, [])


def test_what_is_wrong_is_named_with_its_place(cluster: Cluster) -> None:
    outcome = (audit_entries.c.request_id == cluster.requests[1]) & (
        audit_entries.c.kind == "outcome"
    )
    with cluster.engine.begin() as connection:
        (entry_id,) = connection.execute(select(audit_entries.c.id).where(outcome)).one()
        connection.execute(update(audit_entries).where(outcome).values(body=b"{}"))
    done = cluster.run("verify")
    assert done.exit_code == 1
    assert f"place 3, entry {entry_id}, request {cluster.requests[1]}: " in done.stderr
    done = cluster.run("verify", "--json")
    assert done.exit_code == 1
    (fault,) = json.loads(done.stdout)["faults"]
    assert (fault["seq"], fault["request_id"]) == (3, cluster.requests[1])


def test_a_checkpoint_that_was_kept_is_a_witness(cluster: Cluster, tmp_path: Path) -> None:
    kept = cluster.run("checkpoints", "--notes")
    witness = tmp_path / "kept"
    witness.write_text(kept.stdout * 2)
    assert cluster.json("verify", "--witness", str(witness))["witnesses"] == 2
    witness.write_text("something else")
    done = cluster.run("verify", "--witness", str(witness))
    assert done.exit_code == 1
    assert "witness 1" in done.stderr
    done = cluster.run("verify", "--witness", str(tmp_path / "nothing"))
    assert done.exit_code == 1
    assert "cannot be read" in done.stderr


def test_a_request_is_proved(cluster: Cluster) -> None:
    done = cluster.run("prove", cluster.requests[2])
    assert done.exit_code == 0
    for shown in ("decision", "outcome", "in the log of 6, signed 2026-09-21 14:14:20Z"):
        assert shown in done.stdout
    proof = cluster.json("prove", cluster.requests[2])
    assert [entry["seq"] for entry in proof["entries"]] == [4, 5]
    assert proof["checkpoint"].startswith("ringfence/")


def test_what_cannot_be_proved_is_said(cluster: Cluster) -> None:
    done = cluster.run("prove", "0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c")
    assert done.exit_code == 1
    assert "no entry of a request of this id" in done.stderr
    with cluster.engine.begin() as connection:
        waiting = add_decision(connection, BEGAN_S + 61)
    done = cluster.run("prove", waiting)
    assert done.exit_code == 1
    assert "try again in a minute" in done.stderr


def test_a_later_log_begins_with_an_earlier_one(cluster: Cluster) -> None:
    shown = cluster.json("consistency", "3", "6")
    assert shown["proof"]
    assert len(bytes.fromhex(shown["new_root"])) == 32
    assert cluster.run("consistency", "3", "6").stdout.splitlines()[1].startswith("6 ")
    done = cluster.run("consistency", "6", "7")
    assert done.exit_code == 1
    assert "the log has 6 entries" in done.stderr


def test_checkpoints_are_listed_the_latest_first(cluster: Cluster) -> None:
    with cluster.engine.begin() as connection:
        add_requests(connection, 1, BEGAN_S + 70)
    cluster.sign()
    assert [each["size"] for each in cluster.json("checkpoints")] == [8, 6]
    assert [each["size"] for each in cluster.json("checkpoints", "--count", "1")] == [8]
    assert "2026-09-21 14:14:20Z" in cluster.run("checkpoints").stdout


def test_an_auditor_exports_and_that_is_recorded(cluster: Cluster, tmp_path: Path) -> None:
    token = cluster.auditor()
    one = tmp_path / "one.json"
    said = cluster.json("export", "--request", cluster.requests[0], "-o", str(one), token=token)
    assert said == {"file": str(one), "entries": 2, "waiting": 0}
    assert one.stat().st_mode & 0o777 == 0o600
    range_ = tmp_path / "range.json"
    days = ("--from", "2026-09-21", "--to", "2026-09-21")
    assert cluster.json("export", *days, "-o", str(range_), token=token)["entries"] == 6
    assert len(json.loads(range_.read_text())["entries"]) == 6
    acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
    with cluster.engine.connect() as connection:
        said = [json.loads(body) for body in connection.execute(acts).scalars()]
    exports = [each for each in said if each["act"] == "audit.exported"]
    assert [each["details"]["entries"] for each in exports] == [2, 6]
    assert {each["actor"] for each in exports} == {"a.auditor"}


def test_an_export_that_cannot_be_is_refused_and_leaves_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.json"
    one = ("--request", cluster.requests[0])
    assert cluster.run("export", *one, "-o", str(file)).exit_code == 1, "nobody said who they are"
    token = cluster.auditor()
    assert cluster.run("export", "-o", str(file), token=token).exit_code == 2
    both = cluster.run("export", *one, "--from", "2026-09-21", "-o", str(file), token=token)
    assert both.exit_code == 2
    missing = cluster.run("export", "--request", "another", "-o", str(file), token=token)
    assert missing.exit_code == 1
    assert [*tmp_path.glob("bundle*")] == []
    file.write_text("mine")
    taken = cluster.run("export", *one, "-o", str(file), token=token)
    assert taken.exit_code == 1
    assert "name another with -o" in taken.stderr
    assert file.read_text() == "mine"


def test_a_move_of_a_model_that_was_slipped_in_is_named(cluster: Cluster) -> None:
    texts = ("id", "model_id", "version", "kind", "from_state", "to_state", "reason")
    row: dict[str, object] = dict.fromkeys(texts, "slipped-in")
    row |= {"entry_sha256": "0" * 64, "evidence": [], "status": "applied"}
    row |= {"proposed_by": "nobody", "proposed_at_s": 1.0, "decided_at_s": 1.0}
    with cluster.engine.begin() as connection:
        connection.execute(insert(model_moves), [row])
    done = cluster.run("verify")
    assert done.exit_code == 1
    assert "move slipped-in in model_moves: no act in the log says" in done.stderr
    assert json.loads(cluster.run("verify", "--json").stdout)["moves_bare"] == 0


def test_one_is_spoken_of_as_one(cluster: Cluster) -> None:
    with cluster.engine.begin() as connection:
        record_act(connection, Act("test.happened", "somebody"), BEGAN_S + 30)
    assert "1 entry waits for a place" in cluster.run("verify").stdout
    cluster.sign()
    with cluster.engine.begin() as connection:
        record_act(connection, Act("test.happened", "somebody"), BEGAN_S + 90)
        sequence(connection, 1_000)
    assert "1 entry at the end not signed yet" in cluster.run("verify").stdout


def test_what_waits_is_said_and_what_that_means(cluster: Cluster, tmp_path: Path) -> None:
    assert "for a place:" not in cluster.run("verify").stdout
    with cluster.engine.begin() as connection:
        add_requests(connection, 1, BEGAN_S + 30)
    done = cluster.run("verify")
    assert done.exit_code == 0
    assert "2 entries wait for a place: one that is deleted before it has one is not missed" in (
        done.stdout
    )
    assert cluster.json("verify")["pending"] == 2
    day = ("--from", "2026-09-21", "--to", "2026-09-21")
    token = cluster.auditor()
    done = cluster.run("export", *day, "-o", str(tmp_path / "day.json"), token=token)
    assert "6 entries in " in done.stdout
    assert "2 more are not in it: no signed checkpoint covers that yet" in done.stdout
    said = cluster.json("export", *day, "-o", str(tmp_path / "again.json"), token=token)
    assert (said["entries"], said["waiting"]) == (6, 2)


def test_the_key_that_an_auditor_kept_is_believed_and_not_the_machines(
    cluster: Cluster, tmp_path: Path
) -> None:
    line = cluster.run("key").stdout
    shown = cluster.json("key")
    assert line.strip() == shown["verifier_key"]
    kept = tmp_path / "kept"
    for content in (line, shown["pem"], shown["hex"]):
        kept.write_text(content)
        assert cluster.json("verify", "--key", str(kept))["ok"]
    assert cluster.json("verify", "--key", line.strip())["ok"]
    # Whoever has the machine writes the log anew, under a key of their own.
    other = Ed25519PrivateKey.generate()
    with cluster.engine.begin() as connection:
        connection.execute(delete(log_checkpoints))
        sign_checkpoint(connection, other, BEGAN_S + 60)
    cluster.paths.audit_public_key.write_bytes(other.public_key().public_bytes_raw())
    assert cluster.json("verify")["ok"], "in itself it is whole"
    done = cluster.run("verify", "--key", str(kept))
    assert done.exit_code == 1
    assert "checkpoint 6: it is not of the log ringfence/" in done.stderr


@pytest.mark.parametrize("said", ["no key", "a" * 63, "x" * 5_000, "ringfence/0+00000000+AAAA"])
def test_what_is_no_key_is_refused_with_the_cure(cluster: Cluster, said: str) -> None:
    done = cluster.run("verify", "--key", said)
    assert done.exit_code == 1
    assert "`ringfence audit key` prints one" in done.stderr


def test_a_machine_without_the_key_says_so(cluster: Cluster) -> None:
    line = cluster.run("key").stdout.strip()
    cluster.paths.audit_public_key.unlink()
    for command in (("verify",), ("key",)):
        done = cluster.run(*command)
        assert done.exit_code == 1
        assert "audit-public.key cannot be read" in done.stderr
    assert cluster.json("verify", "--key", line)["ok"]


@pytest.mark.parametrize(
    ("first", "last", "status", "says"),
    [
        ("2026-09-21", "9999-12-31", 0, "6 entries"),
        ("0001-01-01", "9999-12-31", 0, "6 entries"),
        ("2026-09-22", "2026-09-21", 1, "exchange --from and --to"),
        ("2026-02-30", "2026-09-21", 2, "YYYY-MM-DD"),
        ("2026-09-21", "10000-01-01", 2, "YYYY-MM-DD"),
        ("-1", "tomorrow", 2, "YYYY-MM-DD"),
    ],
)
def test_any_day_is_a_day_or_refused_with_the_cure(
    cluster: Cluster, tmp_path: Path, first: str, last: str, status: int, says: str
) -> None:
    file = str(tmp_path / "range.json")
    days = (f"--from={first}", f"--to={last}")
    done = cluster.run("export", *days, "-o", file, token=cluster.auditor())
    assert done.exit_code == status, done.output
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.output


def test_tables_can_be_read_in_80_columns(cluster: Cluster) -> None:
    shown = cluster.run("prove", cluster.requests[2], columns=80).stdout.splitlines()
    proof = cluster.json("prove", cluster.requests[2])
    for line, entry in zip(shown[1:3], proof["entries"], strict=True):
        words = line.split()
        assert words[:3] == [entry["kind"], str(entry["seq"]), entry["entry_id"]]
        assert words[3] == entry["leaf_hash"][:12] + "…"
    shown += cluster.run("checkpoints", columns=80).stdout.splitlines()
    shown += cluster.run("verify", columns=80).stdout.splitlines()[:8]
    assert max(map(len, shown)) <= 80
    (checkpoint,) = cluster.json("checkpoints")
    assert len(checkpoint["root"]) == 64


def test_every_command_of_the_guide_runs(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands there, but for a request and sizes that this log has."""
    monkeypatch.chdir(tmp_path)
    Path("key-of-the-log").write_text(cluster.run("key").stdout)
    Path("kept").write_text(cluster.run("checkpoints", "--count", "1", "--notes").stdout)
    text = (ROOT / "docs" / "guides" / "audit.md").read_text()
    blocks = re.findall(r"^```\n(.+?)^```", text, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) == 7
    token = cluster.auditor()
    cluster.sign()
    for command in commands:
        own = command.replace("REQUEST_ID", cluster.requests[0]).replace("1000 2500", "3 6")
        own = own.replace("2026-10-01", "2026-09-01")
        program, *arguments = shlex.split(own)
        if program == "ringfence":
            done = cluster.run(*arguments[1:], token=token)
            assert done.exit_code == 0, f"{command}: {done.output}"
        else:
            script = [sys.executable, ROOT / arguments[0], *arguments[1:]]
            assert subprocess.run(script, check=True, capture_output=True).stdout


def test_a_command_that_acts_has_its_act_in_the_log_when_it_is_over(tmp_path: Path) -> None:
    """Although no gateway runs; and whatever ends it."""
    acting = typer.Typer()

    @acting.callback()
    def _settling(context: typer.Context) -> None:
        context.with_resource(settling())

    @acting.command()
    def act(state_dir: Path, fails: bool = False) -> None:
        paths = ClusterPaths.of(state_dir)
        settle_later(paths)
        engine = open_database(paths)
        with engine.begin() as connection:
            record_act(connection, Act("test.happened", "somebody"), BEGAN_S)
        engine.dispose()
        if fails:
            raise typer.Exit(1)

    place = ["--state-dir", str(tmp_path)]
    for options, status, size in (((), 0, 2), (("--fails",), 1, 3)):
        assert CliRunner().invoke(acting, ["act", str(tmp_path), *options]).exit_code == status
        found = json.loads(CliRunner().invoke(app, ["verify", *place, "--json"]).stdout)
        assert (found["ok"], found["size"], found["signed"]) == (True, size, size)
        assert (found["pending"], found["began"]) == (0, True)
    (tmp_path / "secrets" / "audit-private.key").write_bytes(b"none")
    done = CliRunner().invoke(acting, ["act", str(tmp_path)])
    assert done.exit_code == 0, "it is done, and recorded"
    assert "waits for its place" in done.stderr


def test_where_there_is_no_cluster_none_is_made(tmp_path: Path) -> None:
    place = tmp_path / "nowhere"
    done = CliRunner().invoke(app, ["verify", "--state-dir", str(place)])
    assert done.exit_code == 1
    assert "--state-dir" in done.stderr
    assert not place.exists()
