"""Who may use what, before any preference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from policy_tables import clinic, principal, request

from router.domain import DataClass
from router.policy.permit import EXTERNAL_NOT_DECIDED, permit


@pytest.mark.parametrize(
    ("team", "purpose", "leaves"),
    [("team", "general", True), ("team", "hiring", False), ("other", "general", False)],
)
def test_models_outside_are_for_teams_and_purposes_that_somebody_decided_on(
    team: str, purpose: str, leaves: bool
) -> None:
    asker = replace(principal(), team=team, purpose=purpose)
    permission = permit(request(), DataClass.PUBLIC, asker, clinic())
    assert any(model.is_external for model in permission.permitted) is leaves
    codes = {item.code for item in permission.excluded}
    assert (EXTERNAL_NOT_DECIDED in codes) is not leaves
