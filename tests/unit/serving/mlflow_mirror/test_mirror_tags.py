"""What the mirror says of a model, and what is never asked of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from serving.mlflow_mirror.client import open_client
from serving.mlflow_mirror.errors import MirrorError
from serving.mlflow_mirror.tags import tags_of
from tests.unit.serving.mlflow_mirror.mirrored_registry import (
    FIRST,
    POLICY_DIGEST,
    small_registry,
)


def test_the_tags_say_what_models_yaml_says() -> None:
    assert tags_of(small_registry().entries["clinic@1"], POLICY_DIGEST) == {
        "ringfence.key": "clinic@1",
        "ringfence.weights_digest": FIRST,
        "ringfence.location": "on-prem",
        "ringfence.residency": "on-prem",
        "ringfence.approved_data_classes": "public,internal,confidential,restricted",
        "ringfence.lifecycle": "production",
        "ringfence.licence": "Apache-2.0",
        "ringfence.owner": "radiology",
        "ringfence.policy_digest": POLICY_DIGEST,
    }


def test_what_nobody_knows_has_no_tag() -> None:
    assert tags_of(small_registry().entries["web@1"], None) == {
        "ringfence.key": "web@1",
        "ringfence.location": "external",
        "ringfence.residency": "eu,us",
        "ringfence.approved_data_classes": "public",
        "ringfence.lifecycle": "production",
    }


@pytest.mark.parametrize("uri", ["databricks://profile", "sqlite:///mlflow.db", "mlruns", ""])
def test_only_a_server_is_a_tracking_uri(uri: str) -> None:
    with pytest.raises(MirrorError, match="--tracking-uri"):
        open_client(uri)


def test_without_the_extra_the_cure_is_named() -> None:
    """In a process where importing MLflow fails, as it does where it is not installed."""
    program = (
        "import sys; sys.modules['mlflow'] = None\n"
        "from serving.mlflow_mirror.client import open_client\n"
        "from serving.mlflow_mirror.errors import MlflowMissing\n"
        "try: open_client('http://127.0.0.1:1')\n"
        "except MlflowMissing as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install -e '.[mlflow]'" in done.stdout


def test_the_command_line_starts_without_mlflow() -> None:
    program = "import sys, serving.cli.mlflow; print('mlflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
