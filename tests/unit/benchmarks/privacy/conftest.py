from __future__ import annotations

import pytest
from records import small_set

from benchmarks.privacy.sets import MeasuredSet


@pytest.fixture(scope="session")
def measured() -> MeasuredSet:
    """The small generated set, made once."""
    return small_set()
