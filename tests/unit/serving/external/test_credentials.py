from __future__ import annotations

from pathlib import Path

import pytest

from router.errors import BackendUnauthorized, ConfigError
from serving.external.credentials import FileSecret, current


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("sk-1\n")
    path.chmod(0o600)
    return path


def test_a_secret_is_read_each_time(file: Path) -> None:
    secret = FileSecret(file)
    assert secret() == "sk-1"
    file.write_text("sk-2")
    assert current(secret) == "sk-2"
    assert "sk-" not in repr(secret)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_open_to_others_is_refused_with_the_cure(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        FileSecret(file)()


def test_absent_and_empty_files_are_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match="FileNotFoundError"):
        FileSecret(file.with_name("other"))()
    file.write_text("\n")
    with pytest.raises(ConfigError, match="empty"):
        FileSecret(file)()


def test_while_serving_an_unreadable_secret_is_an_outcome() -> None:
    with pytest.raises(BackendUnauthorized):
        current(FileSecret(Path("/nonexistent/key")))
    assert current("sk-3") == "sk-3"
