"""A bundle is verified offline by a script that has nothing of ours, and by nobody fooled."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

import router
from router.audit.log.export import Selection, write_bundle
from router.audit.log.verifier_key import verifier_key
from router.errors import RecordNotFound
from tests.unit.router.audit.log.filled_log import BEGAN_S, PUBLIC_KEY, fill, new_database, prune

SCRIPT = Path(router.__file__).parent.parent / "deploy" / "verify_bundle.py"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    engine = new_database(tmp_path_factory.mktemp("log") / "log.db")
    requests = [request for part in range(3) for request in fill(engine, 100, BEGAN_S + 200 * part)]
    yield engine, requests
    engine.dispose()


def bundle(engine: Engine, selection: Selection) -> dict[str, Any]:
    file = io.StringIO()
    with engine.connect() as connection:
        count = write_bundle(connection, PUBLIC_KEY, selection, file)
    written: dict[str, Any] = json.loads(file.getvalue())
    assert len(written["entries"]) == count
    return written


def run(script: Path, content: object, directory: Path, *keys: bytes) -> tuple[int, str]:
    file = directory / "bundle.json"
    file.write_text(json.dumps(content))
    names = []
    for number, key in enumerate(keys):
        names.append(directory / f"{number}.key")
        names[-1].write_bytes(key)
    # -I: nothing of this directory or environment can be imported.
    command = [sys.executable, "-I", str(script), str(file), *map(str, names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return done.returncode, done.stdout + done.stderr


def test_the_script_is_short_and_imports_nothing_of_ours() -> None:
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) <= 120
    imports = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    imports = {name.split(".")[0] for name in imports}
    assert imports <= set(sys.stdlib_module_names) | {"cryptography"}


def test_a_record_is_verified_offline(filled: Any, tmp_path: Path) -> None:
    engine, requests = filled
    status, said = run(
        SCRIPT,
        bundle(engine, Selection(request_id=requests[17])),
        tmp_path,
        PUBLIC_KEY.public_bytes_raw(),
    )
    assert status == 0, said
    assert ": yours" in said
    for shown in ("decision", "outcome", "answered", requests[17], "2 entries verified"):
        assert shown in said


def test_its_help_says_what_it_is_for() -> None:
    command = [sys.executable, "-I", str(SCRIPT)]
    shown = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
    for said in ("Verify a bundle", "Exit status: 0 verified, 1 ", "Example: python verify_bundle"):
        assert said in shown
    for wrong in ([], ["a", "b", "c"]):
        done = subprocess.run([*command, *wrong], capture_output=True, check=False)
        assert done.returncode == 2


def test_it_takes_the_key_as_the_log_prints_it(filled: Any, tmp_path: Path) -> None:
    engine, requests = filled
    written = bundle(engine, Selection(request_id=requests[17]))
    line = f"{verifier_key(PUBLIC_KEY)}\n".encode()
    status, said = run(SCRIPT, written, tmp_path, line)
    assert (status, ": yours" in said) == (0, True), said
    other = verifier_key(Ed25519PrivateKey.generate().public_key()).encode()
    for key, problem in ((other, "another key"), (b"no key at all", "WRONG"), (b"", "WRONG")):
        status, said = run(SCRIPT, written, tmp_path, key)
        assert (status, problem in said, "Traceback" in said) == (1, True, False), said


def test_a_record_was_in_the_log_by_the_first_checkpoint_that_had_it(
    filled: Any, tmp_path: Path
) -> None:
    engine, requests = filled
    written = bundle(engine, Selection(request_id=requests[17]))
    assert len(written["earlier"]) == 1
    status, said = run(SCRIPT, written, tmp_path)
    assert status == 0
    assert "COMPARE IT" in said
    assert said.count("in the log 2026-09-21 14:15:00") == 2


def test_a_range_of_time_is_exported_whole(filled: Any, tmp_path: Path) -> None:
    engine, requests = filled
    selection = Selection(from_s=BEGAN_S + 50, to_s=BEGAN_S + 250)
    written = bundle(engine, selection)
    said = [json.loads(base64.b64decode(entry["body"])) for entry in written["entries"]]
    assert list(dict.fromkeys(each["request_id"] for each in said)) == requests[50:150]
    status, shown = run(SCRIPT, written, tmp_path)
    assert status == 0, shown
    assert "200 entries verified" in shown


def test_what_nobody_asked_for_is_not_exported(filled: Any) -> None:
    engine, _ = filled
    for selection in (Selection(request_id="another"), Selection(from_s=0, to_s=1)):
        with pytest.raises(RecordNotFound):
            bundle(engine, selection)


def test_a_pruned_record_is_still_shown_to_have_been(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "log.db")
    requests = fill(engine, 20)
    assert prune(engine, BEGAN_S + 99) == 32
    status, said = run(SCRIPT, bundle(engine, Selection(request_id=requests[3])), tmp_path)
    engine.dispose()
    assert status == 0, said
    assert said.count("pruned") == 2


CHANGES = {
    "a body": lambda b: b["entries"][0].update(body=base64.b64encode(b"{}").decode()),
    "a hash": lambda b: b["entries"][0].update(leaf_hash=base64.b64encode(bytes(32)).decode()),
    "another's proof": lambda b: b["entries"][0].update(inclusion=b["entries"][1]["inclusion"]),
    "a shorter proof": lambda b: b["entries"][0]["inclusion"].pop(),
    "a longer proof": lambda b: b["entries"][0]["inclusion"].append("AAAA"),
    "another place": lambda b: b["entries"][0].update(seq=b["entries"][0]["seq"] ^ 1),
    "a place outside": lambda b: b["entries"][0].update(seq=10_000),
    "an entry twice": lambda b: b["entries"].append(b["entries"][1]),
    "another size": lambda b: b.update(checkpoint=b["checkpoint"].replace("\n600\n", "\n601\n")),
    "another time": lambda b: b.update(
        checkpoint=b["checkpoint"].replace("timestamp 17", "timestamp 16")
    ),
    "another origin": lambda b: b.update(checkpoint=b["checkpoint"].replace("ringfence/", "x/")),
    "an earlier note": lambda b: b["earlier"][0].update(note=b["checkpoint"]),
    "a proof of growth": lambda b: b["earlier"][0]["consistency"].reverse(),
    "another key": lambda b: b.update(
        public_key=base64.b64encode(
            Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        ).decode()
    ),
    "another schema": lambda b: b.update(schema=2),
    "a member less": lambda b: b.pop("entries"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_part_of_it_can_be_another(filled: Any, tmp_path: Path, change: str) -> None:
    engine, requests = filled
    written = bundle(engine, Selection(request_id=requests[17]))
    CHANGES[change](written)
    status, said = run(SCRIPT, written, tmp_path)
    assert status == 1, said
    assert "WRONG" in said
    assert "Traceback" not in said


def test_a_bundle_of_somebody_else_is_not_taken_for_ours(filled: Any, tmp_path: Path) -> None:
    engine, requests = filled
    written = bundle(engine, Selection(request_id=requests[17]))
    status, said = run(SCRIPT, written, tmp_path, bytes(32))
    assert status == 1
    assert "another key" in said
