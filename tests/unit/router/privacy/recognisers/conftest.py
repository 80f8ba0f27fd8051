"""The whole catalogue, compiled once for all tests of it."""

from __future__ import annotations

import pytest

from router.privacy.recognisers.catalogue import CATALOGUE
from router.privacy.recognisers.match import PatternMatcher


@pytest.fixture(scope="session")
def catalogue() -> PatternMatcher:
    return PatternMatcher(CATALOGUE)
