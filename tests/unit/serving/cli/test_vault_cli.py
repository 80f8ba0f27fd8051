"""The vault on the command line: who may do what, and what they are told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

import router
from router.accounts.limits.admission import Admission
from router.accounts.limits.rules import LimitRules
from router.audit.ledger import Ledger
from router.audit.tables import audit_entries
from router.audit.vault.master_keys import master_keys
from router.audit.vault.rules import ClassRules, Keep, VaultRules
from router.audit.vault.subjects import PURPOSE, SubjectNames
from router.audit.vault.vault import Vault
from router.clock import SystemClock
from router.domain import (
    Attempt,
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    InferenceRequest,
    Outcome,
    OutcomeStatus,
    Principal,
    Role,
    Usage,
)
from router.feedback.feedback import Feedback, FeedbackRules
from router.feedback.inbox import FeedbackInbox
from router.ids import new_id
from router.privacy.tenancy import TenantSecrets
from router.store.writer import Writer
from serving.cli import audit_vault, vault
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.simulator.transit import TransitSimulator
from tests.migrated import migrated_state

ROOT = Path(router.__file__).parent.parent
FILES = ["--models", str(ROOT / "models.yaml"), "--policy", str(ROOT / "router/policy.yaml")]
BODY = {"messages": [{"role": "user", "content": "write to a@example.com"}]}
TODAY = datetime.now(UTC).date().isoformat()
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
KEEP_ALL = VaultRules(classes={each: ClassRules(Keep.BOTH, 0, 30) for each in DataClass})
OUTSIDE = Attempt("gpt-5-mini@1", None, "answered", 0.1, "https://api.openai.com")


@dataclass
class Cluster:
    """A state directory with records in it, and tokens for who acts."""

    state: Path
    tokens: dict[Role, str] = field(default_factory=dict)

    def run(
        self,
        app: typer.Typer,
        role: Role,
        *arguments: str,
        text: str | None = None,
        **environ: str,
    ) -> Result:
        environment = {"RINGFENCE_TOKEN": self.tokens[role], "COLUMNS": "250", **environ}
        said = [*arguments, "--state-dir", str(self.state)]
        return CliRunner().invoke(app, said, env=environment, input=text)

    def ask(self, subject: str | None = None) -> str:
        """One request that went out and was answered; returns its id."""
        return asyncio.run(self._ask(subject))

    async def _ask(self, subject: str | None) -> str:
        paths = ClusterPaths.of(self.state)
        engine = open_database(paths)
        writer = Writer(engine)
        writer.start()
        kept = Vault(
            engine=engine,
            writer=writer,
            rules=KEEP_ALL,
            wrapper=master_keys(paths.secrets, {}),
            subjects=SubjectNames(TenantSecrets(paths.root_key.read_bytes()).purpose(PURPOSE)),
            clock=SystemClock(),
        )
        ledger = Ledger(writer, SystemClock(), Admission(), kept)
        request_id = new_id()
        request = InferenceRequest(request_id, Endpoint.CHAT, BODY, "auto", False, subject=subject)
        principal = Principal("k", "claims", DataClass.PUBLIC, frozenset())
        internal = DataClass.INTERNAL
        classification = Classification(internal, (Basis.DEFAULT,), (), "detector/1")
        decision = Decision("auto", internal, (), (), (), (), "sha256:0")
        opened = await ledger.open(request, principal, classification, decision)
        outcome = Outcome(
            request_id,
            OutcomeStatus.ANSWERED,
            http_status=200,
            error_code=None,
            model=OUTSIDE.model,
            weights_digest=None,
            tier=None,
            attempts=(OUTSIDE,),
            usage=Usage(10, 5),
            cost_nano_usd=2_000_000,
            ttft_s=0.1,
            latency_s=0.2,
        )
        await ledger.close(outcome, opened, ["the answer"])
        await asyncio.to_thread(writer.close)
        engine.dispose()
        return request_id

    def comment(self, request_id: str, **texts: str) -> None:
        """What the caller of a request writes about its answer."""
        asyncio.run(self._comment(Feedback(request_id, score=0.0, **texts)))

    async def _comment(self, said: Feedback) -> None:
        paths = ClusterPaths.of(self.state)
        engine = open_database(paths)
        writer = Writer(engine)
        writer.start()
        inbox = FeedbackInbox(engine, writer, master_keys(paths.secrets, {}), SystemClock())
        principal = Principal("k", "claims", DataClass.PUBLIC, frozenset())
        taken = await inbox.take(said, principal, FeedbackRules(), KEEP_ALL, LimitRules())
        assert taken.text_kept
        await asyncio.to_thread(writer.close)
        engine.dispose()

    def acts(self) -> list[dict[str, Any]]:
        engine = open_database(ClusterPaths.of(self.state))
        of_acts = select(audit_entries.c.body).where(audit_entries.c.kind == "act")
        with engine.connect() as connection:
            bodies = [json.loads(body) for body in connection.scalars(of_acts)]
        engine.dispose()
        return bodies


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    made = Cluster(tmp_path / "state")
    keys = open_key_store(migrated_state(made.state))
    for role in (Role.AUDITOR, Role.ADMIN, Role.DEVELOPER):
        _, made.tokens[role] = keys.create(
            team="default", owner=f"{role.value}-1", roles=[role], actor="cluster"
        )
    return made


def test_an_auditor_reads_a_text_and_the_log_says_who_and_why(
    cluster: Cluster, tmp_path: Path
) -> None:
    request_id = cluster.ask()
    read = cluster.run(vault.app, Role.AUDITOR, "read", request_id, "--reason", "complaint 4711")
    assert read.exit_code == 0, read.output
    assert json.loads(read.stdout) == BODY
    to = tmp_path / "answer.json"
    said = ["read", request_id, "--part", "output", "--reason", "again", "--out", str(to)]
    assert cluster.run(vault.app, Role.AUDITOR, *said).exit_code == 0
    assert json.loads(to.read_text()) == {"texts": ["the answer"]}
    quoted = cluster.run(vault.app, Role.AUDITOR, "read", request_id, "--reason", "3rd", "--json")
    assert json.loads(quoted.stdout) == {"request_id": request_id, "part": "input", "text": BODY}
    assert to.stat().st_mode & 0o777 == 0o600
    reads = [act for act in cluster.acts() if act["act"] == "vault.text_read"]
    assert {(act["actor"], act["reason"]) for act in reads} == {
        ("auditor-1", "complaint 4711"),
        ("auditor-1", "again"),
        ("auditor-1", "3rd"),
    }


def test_what_callers_wrote_about_an_answer_is_read_like_its_texts_and_erased_with_them(
    cluster: Cluster,
) -> None:
    request_id = cluster.ask()
    said = ["read", request_id, "--part", "feedback", "--reason", "complaint 4711"]
    nothing = cluster.run(vault.app, Role.AUDITOR, *said)
    assert (nothing.exit_code, "no text of feedback" in nothing.stderr) == (1, True)
    cluster.comment(request_id, correction="the 3rd of May", comment="the letter says so")
    denied = cluster.run(vault.app, Role.ADMIN, *said)
    assert (denied.exit_code, "3rd of May" in denied.output) == (1, False)
    read = cluster.run(vault.app, Role.AUDITOR, *said)
    assert read.exit_code == 0, read.output
    [note] = json.loads(read.stdout)
    assert note["correction"] == "the 3rd of May"
    assert note["comment"] == "the letter says so"
    [act] = [each for each in cluster.acts() if each["act"] == "vault.text_read"]
    assert (act["actor"], act["reason"]) == ("auditor-1", "complaint 4711")
    assert "May" not in json.dumps(act)
    wish = ["erase", "--request", request_id, "--reason", "their request", *FILES]
    assert "erased 3 texts" in cluster.run(vault.app, Role.ADMIN, *wish).stdout
    gone = cluster.run(vault.app, Role.AUDITOR, *said)
    assert (gone.exit_code, "has gone since" in gone.stderr) == (1, True)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.DEVELOPER])
def test_nobody_else_reads(cluster: Cluster, role: Role) -> None:
    request_id = cluster.ask()
    read = cluster.run(vault.app, role, "read", request_id, "--reason", "curious")
    assert read.exit_code == 1
    assert "auditor" in read.stderr
    assert "a@example.com" not in read.output


def test_a_text_that_is_not_there_is_said_so_in_one_line(cluster: Cluster) -> None:
    read = cluster.run(vault.app, Role.AUDITOR, "read", new_id(), "--reason", "complaint 4711")
    assert read.exit_code == 1
    assert "the policy did not keep it" in read.stderr


def test_a_file_is_compared_with_the_record(cluster: Cluster, tmp_path: Path) -> None:
    request_id = cluster.ask()
    file = tmp_path / "body.json"
    said = ["compare", request_id, str(file), "--reason", "audit"]
    assert cluster.run(vault.app, Role.AUDITOR, *said).exit_code == 1  # no such file
    file.write_text(json.dumps(BODY, indent=2))
    assert "it is the text" in cluster.run(vault.app, Role.AUDITOR, *said).stdout
    file.write_text("{}")
    other = cluster.run(vault.app, Role.AUDITOR, *said, "--json")
    assert other.exit_code == 1
    assert json.loads(other.stdout)["matches"] is False


def test_a_subject_is_erased_unless_a_hold_says_otherwise(cluster: Cluster) -> None:
    request_id = cluster.ask("patient-17")
    them = ["--team", "claims", "--subject", "patient-17"]
    placed = cluster.run(vault.app, Role.AUDITOR, "hold", "place", *them, "--reason", "suit 12/26")
    hold_id = placed.stdout.strip()
    # From standard input, where no history keeps the name.
    quiet = ["--team", "claims", "--subject", "-", "--reason", "their request"]
    waits = cluster.run(vault.app, Role.ADMIN, "erase", *quiet, *FILES, text="patient-17\n")
    assert waits.exit_code == 0, waits.output
    assert "erased 0 texts and 0 keys; 2 texts wait for a legal hold to be lifted" in waits.stdout
    listed = cluster.run(vault.app, Role.ADMIN, "erasures", *FILES)
    assert "legal hold" in listed.stdout
    [hold] = json.loads(cluster.run(vault.app, Role.AUDITOR, "hold", "list", "--json").stdout)
    assert (hold["id"], hold["placed_by"]) == (hold_id, "auditor-1")
    lifted = cluster.run(vault.app, Role.AUDITOR, "hold", "lift", hold_id, "--reason", "settled")
    assert lifted.stdout == "lifted\n"
    again = cluster.run(vault.app, Role.AUDITOR, "hold", "lift", hold_id, "--reason", "settled")
    assert again.exit_code == 1
    one = ["erase", "--request", request_id, "--reason", "their request", "--json"]
    erased = cluster.run(vault.app, Role.ADMIN, *one, *FILES)
    assert json.loads(erased.stdout)["done"] is True
    unknown = ["erase", "--team", "claims", "--subject", "nobody", "--reason", "a wish", *FILES]
    assert cluster.run(vault.app, Role.ADMIN, *unknown).exit_code == 1


def test_an_erasure_says_what_is_gone_and_what_waits_and_again_when_it_is_asked_for_again(
    cluster: Cluster,
) -> None:
    held, _ = cluster.ask("patient-17"), cluster.ask("patient-17")
    placed = cluster.run(
        vault.app, Role.AUDITOR, "hold", "place", "--request", held, "--reason", "suit", "--json"
    )
    said = ["erase", "--team", "claims", "--subject", "patient-17", "--reason", "a wish", *FILES]
    first = json.loads(cluster.run(vault.app, Role.ADMIN, *said, "--json").stdout)
    assert first["id"]
    for name, value in {
        "done": False,
        "texts_erased": 2,
        "keys_destroyed": 0,
        "texts_left": 2,
        "held": True,
        "until_s": None,
        "overwritten": True,
    }.items():
        assert first[name] == value, name
    again = cluster.run(vault.app, Role.ADMIN, *said)
    assert again.exit_code == 0
    waits = "2 texts wait for a legal hold to be lifted"
    assert again.stdout == f"{first['id']}: erased 0 texts and 0 keys; {waits}\n"
    [listed] = json.loads(cluster.run(vault.app, Role.ADMIN, "erasures", *FILES, "--json").stdout)
    assert (listed["id"], listed["texts_left"]) == (first["id"], 2)
    hold_id = json.loads(placed.stdout)["id"]
    lifted = cluster.run(
        vault.app, Role.AUDITOR, "hold", "lift", hold_id, "--reason", "settled", "--json"
    )
    assert json.loads(lifted.stdout) == {"id": hold_id, "lifted": True}
    ended = cluster.run(vault.app, Role.ADMIN, *said)
    assert ended.stdout == f"{first['id']}: erased 2 texts and 1 key\n"
    assert cluster.run(vault.app, Role.ADMIN, *said).exit_code == 1


def test_a_team_is_erased_only_when_that_is_meant(cluster: Cluster) -> None:
    for subject in ("patient-17", None):
        cluster.ask(subject)
    said = ["erase", "--team", "claims", "--everything", "--reason", "they have left", *FILES]
    assert cluster.run(vault.app, Role.AUDITOR, *said).exit_code == 1
    erased = cluster.run(vault.app, Role.ADMIN, *said, "--json")
    assert erased.exit_code == 0, erased.output
    gone = json.loads(erased.stdout)
    assert (gone["done"], gone["texts_erased"], gone["keys_destroyed"]) == (True, 4, 2)
    [wish] = [act for act in cluster.acts() if act["act"] == "vault.erasure_requested"]
    assert (wish["actor"], wish["reason"]) == ("admin-1", "they have left")


def test_half_a_name_is_wrong_usage(cluster: Cluster) -> None:
    for said in (
        ["erase", "--team", "claims"],
        ["erase", "--everything"],
        ["erase", "--team", "claims", "--subject", "patient-17", "--everything"],
        ["hold", "place", "--subject", "patient-17"],
    ):
        assert cluster.run(vault.app, Role.ADMIN, *said, "--reason", "why").exit_code == 2


def test_a_team_s_days_are_held_and_listed_for_people(cluster: Cluster) -> None:
    said = ["hold", "place", "--team", "claims", "--from", TODAY, "--reason", "suit [12/26]"]
    assert cluster.run(vault.app, Role.ADMIN, *said).exit_code == 0
    listed = cluster.run(vault.app, Role.ADMIN, "hold", "list")
    for shown in ("claims", TODAY, "suit [12/26]", "admin-1"):
        assert shown in listed.stdout


def test_80_columns_show_a_hold_with_nothing_left_out(cluster: Cluster) -> None:
    said = ["hold", "place", "--team", "claims", "--from", TODAY, "--to", TODAY, "--reason", "suit"]
    placed = cluster.run(vault.app, Role.ADMIN, *said)
    listed = cluster.run(vault.app, Role.ADMIN, "hold", "list", COLUMNS="80")
    first = listed.stdout.splitlines()[0]
    assert first == placed.stdout.strip()
    assert f"claims, {TODAY} 00:00:00Z to " in listed.stdout
    assert "by admin-1" in listed.stdout
    assert "…" not in listed.stdout


@pytest.mark.parametrize(
    "said",
    [
        ["erasures"],
        ["rotate", "--reason", "every year"],
        ["hold", "list"],
        ["hold", "place", "--team", "claims", "--subject", "patient-17", "--reason", "suit"],
    ],
)
def test_a_mistyped_state_directory_stays_one_that_is_not_there(
    said: list[str], tmp_path: Path
) -> None:
    mistyped = Cluster(tmp_path / "mistyped", {Role.ADMIN: ""})
    refused = mistyped.run(vault.app, Role.ADMIN, *said)
    assert refused.exit_code == 1
    assert "name it with --state-dir" in refused.stderr
    assert not mistyped.state.exists()


def test_a_master_key_is_replaced_and_the_old_one_needed_no_more(cluster: Cluster) -> None:
    request_id = cluster.ask()
    why = ["--reason", "every year"]
    assert cluster.run(vault.app, Role.ADMIN, "rotate", *why).exit_code == 0
    assert cluster.run(vault.app, Role.ADMIN, "rotate", *why).exit_code == 1  # not before rewrap
    done = cluster.run(vault.app, Role.ADMIN, "rewrap", *why, "--json")
    assert json.loads(done.stdout)["keys"] == 1
    secrets = ClusterPaths.of(cluster.state).secrets
    (secrets / "vault-previous.key").unlink()
    read = cluster.run(vault.app, Role.AUDITOR, "read", request_id, "--reason", "complaint 4711")
    assert json.loads(read.stdout) == BODY
    (secrets / "vault.key").write_bytes(b"x" * 32)
    lost = cluster.run(vault.app, Role.ADMIN, "rewrap", *why)
    assert lost.exit_code == 1
    assert "not at hand" in lost.stderr


def test_the_master_key_moves_to_a_key_management_service(cluster: Cluster, tmp_path: Path) -> None:
    request_id = cluster.ask()
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text("a-token")
    why = ["--reason", "every year"]
    with TransitSimulator("a-token") as transit:
        transit.engine.create("ringfence")
        environ = {
            "RINGFENCE_VAULT_TRANSIT_ADDR": transit.address,
            "RINGFENCE_VAULT_TRANSIT_KEY": "ringfence",
            "RINGFENCE_VAULT_TRANSIT_TOKEN_FILE": str(token),
        }
        rotate = cluster.run(vault.app, Role.ADMIN, "rotate", *why, **environ)
        assert rotate.exit_code == 1
        assert "RINGFENCE_VAULT_TRANSIT_ADDR" in rotate.stderr
        done = cluster.run(vault.app, Role.ADMIN, "rewrap", *why, "--json", **environ)
        assert json.loads(done.stdout)["master_key"] == "transit:ringfence:v1"
        (ClusterPaths.of(cluster.state).secrets / "vault.key").unlink()
        read = cluster.run(vault.app, Role.AUDITOR, "read", request_id, *why, **environ)
        assert json.loads(read.stdout) == BODY
    unavailable = cluster.run(vault.app, Role.AUDITOR, "read", request_id, *why, **environ)
    assert unavailable.exit_code == 1
    assert "Transit cannot be reached" in unavailable.stderr
    assert "a-token" not in unavailable.output


def test_exposure_shows_what_went_to_a_provider(cluster: Cluster) -> None:
    request_id = cluster.ask()
    said = ["exposure", "--provider", "openai", "--from", YESTERDAY, *FILES]
    table = cluster.run(audit_vault.app, Role.AUDITOR, *said)
    assert table.exit_code == 0, table.output
    for shown in ("claims", "internal", "gpt-5-mini@1", "0.0020"):
        assert shown in table.stdout
    narrow = cluster.run(audit_vault.app, Role.AUDITOR, *said, COLUMNS="80")
    assert f"{TODAY}  gpt-5-mini@1  internal  claims" in narrow.stdout
    assert "1, of which 1 answered" in narrow.stdout
    listed = json.loads(cluster.run(audit_vault.app, Role.AUDITOR, *said, "--json").stdout)
    assert listed["request_ids"] == [request_id]
    nobody = cluster.run(
        audit_vault.app,
        Role.AUDITOR,
        "exposure",
        "--provider",
        "opnai",
        "--from",
        YESTERDAY,
        *FILES,
    )
    assert nobody.exit_code == 1
    assert "openai" in nobody.stderr
    assert cluster.run(audit_vault.app, Role.ADMIN, *said).exit_code == 1
    backwards = ["exposure", "--from", TODAY, "--to", "2020-01-01", *FILES]
    assert cluster.run(audit_vault.app, Role.AUDITOR, *backwards).exit_code == 1


def test_a_rescan_with_the_real_detector_names_what_it_missed_then(cluster: Cluster) -> None:
    request_id = cluster.ask()
    said = ["rescan", "--from", YESTERDAY, "--reason", "a new detector", *FILES, "--json"]
    scanned = cluster.run(audit_vault.app, Role.AUDITOR, *said)
    assert scanned.exit_code == 0, scanned.output
    [higher] = json.loads(scanned.stdout)["higher"]
    assert higher["request_id"] == request_id
    assert higher["was"] == "internal"
    # On a machine that is too busy for the deadline it cannot be judged, which is restricted.
    assert higher["now"] in ("confidential", "restricted")
    assert higher["sent_to"] == [OUTSIDE.origin]
    assert "a@example.com" not in scanned.output


def test_commands_hang_under_audit_and_vault() -> None:
    root, audit = typer.Typer(), typer.Typer()
    audit.command("verify")(lambda: None)
    audit.add_typer(audit_vault.app)
    root.add_typer(audit, name="audit")
    root.add_typer(vault.app, name="vault")
    for said in ("audit exposure", "audit rescan", "vault hold place", "vault rewrap"):
        shown = CliRunner().invoke(root, [*said.split(), "--help"])
        assert shown.exit_code == 0
        assert "Example: ringfence" in " ".join(shown.stdout.split())
