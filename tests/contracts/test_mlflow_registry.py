"""The mirror in MLflow, against a real server, and its stand-in in memory beside it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from router.registry.card import LifecycleState
from serving.cli.mlflow import app
from serving.mlflow_mirror.client import MirrorClient, MlflowClient, open_client
from serving.mlflow_mirror.compare import Difference, diff
from serving.mlflow_mirror.errors import MirrorDiffers, MirrorError
from serving.mlflow_mirror.follow import follow
from serving.mlflow_mirror.publish import publish
from serving.mlflow_mirror.tags import KEY, WEIGHTS_DIGEST
from tests.contracts.mlflow_server import running_mlflow
from tests.stack import models_document, policy_document
from tests.unit.serving.mlflow_mirror.mirror_memory import MemoryMirror
from tests.unit.serving.mlflow_mirror.mirrored_registry import (
    FIRST,
    POLICY_DIGEST,
    SECOND,
    changed,
    in_state,
    small_registry,
    without,
)


@pytest.fixture(scope="module")
def tracking_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_mlflow(tmp_path_factory.mktemp("mlflow")) as uri:
        yield uri


class _Pages(BaseHTTPRequestHandler):
    """A proxy that wants to know who asks."""

    def do_GET(self) -> None:
        page = b"<html>\n" + b"<p>Log in first.</p>\n" * 1_000
        self.send_response(401)
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def answers_with_pages() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def memory() -> MemoryMirror:
    """For what is decided on this side; that it is as the server, the other tests see to."""
    return MemoryMirror()


@pytest.fixture(params=["memory", "server"])
def client(request: pytest.FixtureRequest) -> MirrorClient:
    if request.param == "memory":
        return MemoryMirror()
    found = open_client(request.getfixturevalue("tracking_uri"))
    for name in ("clinic", "web"):
        if found.model(name) is not None:
            found._client.delete_registered_model(name)
    return found


def test_publishing_makes_the_mirror_true_and_again_changes_nothing(client: MirrorClient) -> None:
    registry = small_registry()
    assert diff(registry, client, POLICY_DIGEST) == (
        Difference("clinic@1", "version", "clinic@1", None),
        Difference("clinic@2", "version", "clinic@2", None),
        Difference("clinic", "alias:champion", "clinic@1", None),
        Difference("clinic", "alias:candidate", "clinic@2", None),
        Difference("web@1", "version", "web@1", None),
        Difference("web", "alias:champion", "web@1", None),
    )
    assert publish(registry, client, POLICY_DIGEST)
    assert diff(registry, client, POLICY_DIGEST) == ()
    assert publish(registry, client, POLICY_DIGEST) == ()


def test_every_version_is_one_there_with_its_tags_and_aliases(client: MirrorClient) -> None:
    publish(small_registry(), client, POLICY_DIGEST)
    clinic = client.model("clinic")
    assert clinic is not None
    assert [version.tags[KEY] for version in clinic.versions] == ["clinic@1", "clinic@2"]
    assert [version.tags[WEIGHTS_DIGEST] for version in clinic.versions] == [FIRST, SECOND]
    assert clinic.aliases == {"champion": 1, "candidate": 2}


def test_what_changed_in_models_yaml_is_changed_there(client: MirrorClient) -> None:
    publish(small_registry(), client, POLICY_DIGEST)
    registry = in_state(small_registry(), "clinic@2", LifecycleState.PRODUCTION)
    registry.aliases["clinic"] = "clinic@2"  # type: ignore[index]
    registry.candidates.clear()  # type: ignore[attr-defined]
    registry = changed(registry, "web@1", residency=frozenset({"eu"}))
    assert publish(registry, client) == (
        Difference("clinic@1", "ringfence.policy_digest", None, POLICY_DIGEST),
        Difference("clinic@2", "ringfence.lifecycle", "production", "candidate"),
        Difference("clinic@2", "ringfence.policy_digest", None, POLICY_DIGEST),
        Difference("clinic", "alias:champion", "clinic@2", "clinic@1"),
        Difference("clinic", "alias:candidate", None, "clinic@2"),
        Difference("web@1", "ringfence.policy_digest", None, POLICY_DIGEST),
        Difference("web@1", "ringfence.residency", "eu", "eu,us"),
    )
    assert diff(registry, client) == ()


def test_what_is_not_ours_stays(client: MirrorClient) -> None:
    client.create_model("clinic")
    client.create_version("clinic", "ringfence:///theirs", {"team": "research"})
    client.set_alias("clinic", "baseline", 1)
    publish(small_registry(), client)
    publish(changed(without(small_registry(), "clinic@2"), "web@1", id="web"), client)
    clinic = client.model("clinic")
    assert clinic is not None
    assert clinic.versions[0].tags == {"team": "research"}
    assert clinic.aliases["baseline"] == 1
    assert [version.tags.get(KEY) for version in clinic.versions] == [None, "clinic@1", "clinic@2"]


def test_a_published_version_does_not_get_other_weights(memory: MemoryMirror) -> None:
    publish(small_registry(), memory)
    other = changed(small_registry(), "clinic@1", weights_digest=SECOND, residency=frozenset({"x"}))
    with pytest.raises(MirrorDiffers, match=r"clinic@1 .* another version"):
        publish(other, memory)
    assert diff(small_registry(), memory) == (), "and nothing else was written either"


def test_a_digest_that_is_not_known_here_is_left_there(memory: MemoryMirror) -> None:
    publish(small_registry(), memory)
    unknown = changed(small_registry(), "clinic@1", weights_digest=None)
    assert publish(unknown, memory) == ()


def test_an_alias_is_followed_to_the_key_in_models_yaml(client: MirrorClient) -> None:
    registry = small_registry()
    publish(registry, client)
    assert follow(registry, client, "clinic", "champion") == "clinic@1"
    client.set_alias("clinic", "champion", 2)
    assert follow(registry, client, "clinic", "champion") == "clinic@2"
    assert follow(registry, client, "web", "champion") == "web@1"


class TestNotTrusted:
    """Who may write to MLflow chooses among what models.yaml has, and no more."""

    @pytest.fixture(autouse=True)
    def published(self, memory: MemoryMirror) -> None:
        publish(small_registry(), memory)

    def test_a_version_that_models_yaml_does_not_have(self, memory: MemoryMirror) -> None:
        registry = without(small_registry(), "clinic@1")
        with pytest.raises(MirrorDiffers, match=r"clinic@1.*models\.yaml does not have.*enter it"):
            follow(registry, memory, "clinic", "champion")

    def test_a_version_that_ringfence_did_not_publish(self, memory: MemoryMirror) -> None:
        number = memory.create_version("clinic", "ringfence:///theirs", {})
        memory.set_alias("clinic", "champion", number)
        with pytest.raises(MirrorDiffers, match="none that Ringfence published"):
            follow(small_registry(), memory, "clinic", "champion")

    def test_a_version_of_another_model(self, memory: MemoryMirror) -> None:
        memory.set_tag("clinic", 1, KEY, "web@1")
        with pytest.raises(MirrorDiffers, match="as a version of clinic"):
            follow(small_registry(), memory, "clinic", "champion")

    def test_other_weights(self, memory: MemoryMirror) -> None:
        memory.set_tag("clinic", 1, WEIGHTS_DIGEST, SECOND)
        with pytest.raises(MirrorDiffers, match="other weights are another version"):
            follow(small_registry(), memory, "clinic", "champion")

    def test_weights_for_a_model_outside(self, memory: MemoryMirror) -> None:
        memory.set_tag("web", 1, WEIGHTS_DIGEST, SECOND)
        with pytest.raises(MirrorDiffers, match="tagged with the weights"):
            follow(small_registry(), memory, "web", "champion")

    def test_no_weights_digest_there(self, memory: MemoryMirror) -> None:
        memory.delete_tag("clinic", 1, WEIGHTS_DIGEST)
        with pytest.raises(MirrorDiffers, match="tagged with the weights None"):
            follow(small_registry(), memory, "clinic", "champion")

    def test_weights_that_are_not_known_here(self, memory: MemoryMirror) -> None:
        registry = changed(small_registry(), "clinic@1", weights_digest=None)
        with pytest.raises(MirrorDiffers, match="ringfence weights import clinic@1"):
            follow(registry, memory, "clinic", "champion")

    def test_a_version_that_is_retired(self, memory: MemoryMirror) -> None:
        registry = in_state(small_registry(), "clinic@1", LifecycleState.RETIRED)
        with pytest.raises(MirrorDiffers, match="retired"):
            follow(registry, memory, "clinic", "champion")

    def test_an_alias_that_is_not_there(self, memory: MemoryMirror) -> None:
        with pytest.raises(MirrorError, match="it has candidate, champion"):
            follow(small_registry(), memory, "clinic", "newest")

    def test_a_model_that_is_not_there(self, memory: MemoryMirror) -> None:
        with pytest.raises(MirrorError, match="ringfence mlflow publish"):
            follow(small_registry(), memory, "other", "champion")


def test_a_server_that_refuses_says_why(tracking_uri: str) -> None:
    client = open_client(tracking_uri)
    with pytest.raises(MirrorError, match="RESOURCE_DOES_NOT_EXIST"):
        client.set_alias("nowhere", "champion", 1)


def test_a_page_in_the_place_of_an_answer_is_not_printed(answers_with_pages: str) -> None:
    with pytest.raises(MirrorError) as refused:
        open_client(answers_with_pages).model("clinic")
    said = str(refused.value)
    assert said.startswith(f"the MLflow server at {answers_with_pages} refuses: UNAUTHENTICATED")
    assert len(said.splitlines()) == 1
    assert len(said) < 500


def test_a_server_that_is_not_there_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as nobody:  # bound, and never listening
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(MirrorError) as refused:
            open_client(f"http://somebody:open-sesame@127.0.0.1:{port}").model("clinic")
    said = str(refused.value)
    assert said.startswith(f"the MLflow server at http://127.0.0.1:{port} does not answer (")
    assert "MLFLOW_TRACKING_URI" in said
    assert "open-sesame" not in said
    assert len(said.splitlines()) == 1


def test_more_versions_than_a_page_are_all_seen(tracking_uri: str) -> None:
    client = MlflowClient(open_client(tracking_uri)._client, tracking_uri, page=2)
    client.create_model("many")
    for _ in range(5):
        client.create_version("many", "ringfence:///many", {})
    many = client.model("many")
    assert many is not None
    assert [version.number for version in many.versions] == [1, 2, 3, 4, 5]


def test_nothing_is_connected_to_but_the_tracking_server(tracking_uri: str) -> None:
    """In a process that is no test to MLflow, which would keep quiet in one."""
    program = (
        "import json, sys\n"
        "seen = set()\n"
        "def watch(event, arguments):\n"
        "    if event == 'socket.connect': seen.add(str(arguments[1]))\n"
        "    if event == 'socket.getaddrinfo': seen.add(str(arguments[:2]))\n"
        "sys.addaudithook(watch)\n"
        "from serving.mlflow_mirror.client import open_client\n"
        "from serving.mlflow_mirror.publish import publish\n"
        "from tests.unit.serving.mlflow_mirror.mirrored_registry import small_registry\n"
        "publish(small_registry(), open_client(sys.argv[1]))\n"
        "import threading\n"
        "names = [thread.name for thread in threading.enumerate()]\n"
        "print(json.dumps({'seen': sorted(seen), 'threads': names}))\n"
    )
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, tracking_uri],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    port = tracking_uri.rpartition(":")[2]
    assert set(said["seen"]) <= {f"('127.0.0.1', {port})", f"('127.0.0.1', '{port}')"}
    assert said["threads"] == ["MainThread"]


class TestCommands:
    @pytest.fixture
    def files(self, tmp_path: Path) -> list[str]:
        """A registry of its own on the server: models of names that no other test has."""
        origins = {"private": "http://127.0.0.1:1", "fast": "http://127.0.0.1:1"}
        outside = dict.fromkeys(("openai", "anthropic"), "https://api.example")
        models, policy = tmp_path / "models.yaml", tmp_path / "policy.yaml"
        models.write_text(yaml.safe_dump(models_document(origins | outside)))
        policy.write_text(yaml.safe_dump(policy_document()))
        return [
            "--models", str(models), "--policy", str(policy), "--state-dir", str(tmp_path / "state")
        ]  # fmt: skip

    def test_they_publish_compare_and_follow(self, tracking_uri: str, files: list[str]) -> None:
        options = [*files, "--tracking-uri", tracking_uri, "--json"]
        run = CliRunner()
        assert run.invoke(app, ["diff", *options]).exit_code == 1
        done = run.invoke(app, ["publish", *options])
        assert done.exit_code == 0, done.output
        assert {each["model"] for each in json.loads(done.stdout)} >= {"private-model@1"}
        same = run.invoke(app, ["diff", *options])
        assert (same.exit_code, json.loads(same.stdout)) == (0, [])
        followed = run.invoke(app, ["follow", "private-model", *options])
        assert json.loads(followed.stdout) == {
            "model": "private-model",
            "alias": "champion",
            "key": "private-model@1",
            "models_yaml": "private-model@1",
        }
        missing = run.invoke(app, ["follow", "private-model", "--alias", "next", *options])
        assert missing.exit_code == 1
        assert "it has champion" in missing.stderr

    @pytest.mark.parametrize("words", [["publish"], ["diff"], ["follow", "private-model"]])
    def test_a_server_that_is_down_is_one_line_with_the_cure(
        self, words: list[str], files: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            uri = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            found = CliRunner().invoke(app, [*words, *files, "--tracking-uri", uri])
        assert found.exit_code == 1
        (line,) = found.stderr.splitlines()
        assert uri in line
        assert "see that it runs" in line

    def test_without_a_tracking_uri_it_is_wrong_usage(self, files: list[str]) -> None:
        found = CliRunner().invoke(app, ["publish", *files], env={"MLFLOW_TRACKING_URI": ""})
        assert found.exit_code != 0

    @pytest.mark.parametrize("command", ["publish", "diff", "follow"])
    def test_their_help_has_an_example(self, command: str) -> None:
        assert "Example:" in CliRunner().invoke(app, [command, "--help"]).stdout
