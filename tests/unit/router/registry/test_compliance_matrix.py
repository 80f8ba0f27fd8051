"""The compliance matrix: every model and class on a day, allowed or every reason why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from registry_documents import built, cloud, dpa, own, provider, registry_document

from router.domain import DataClass
from router.policy.load import load_rules
from router.policy.permit import CLASS_NOT_APPROVED, class_bars
from router.policy.permit import RESIDENCY as RESIDENCY_BAR
from router.registry.compliance import RESIDENCY, compliance_matrix
from router.registry.validity import in_force

ROOT = Path(__file__).parents[4]
ANYWHERE = {data_class: frozenset({"on-prem", "us"}) for data_class in DataClass}
AT_HOME = {data_class: frozenset({"on-prem"}) for data_class in DataClass}


def test_each_cell_says_what_stands_against_it() -> None:
    firm = provider(contracts=[dpa()])
    registry = built(
        registry_document(
            own(certifications=[{"name": "HDS", "expires": "2026-06-30"}]),
            cloud(),
            providers={"firm": firm},
            certifications_required={"restricted": ["HDS"]},
        )
    )
    before, outside = compliance_matrix(registry, ANYWHERE, date(2026, 6, 30))
    assert all(cell.is_allowed for cell in before.cells)
    assert [cell.reasons for cell in outside.cells] == [(), (), (), ("class_not_approved",)]
    after, outside = compliance_matrix(registry, ANYWHERE, date(2027, 1, 1))
    assert after.cells[3].reasons == ("certification: HDS since 2026-07-01",)
    assert outside.cells[2].reasons == ("contract: DPA since 2027-01-01",)
    _, outside = compliance_matrix(registry, AT_HOME, date(2026, 6, 30))
    assert outside.cells[0].reasons == ("residency: us",)


def test_the_matrix_and_the_policys_own_bars_agree() -> None:
    assert (CLASS_NOT_APPROVED, RESIDENCY_BAR) == ("class_not_approved", RESIDENCY)
    rules = load_rules(ROOT / "models.yaml", ROOT / "router" / "policy.yaml")
    for day in (date(2026, 11, 22), date(2030, 1, 1)):
        today = in_force(rules.registry, day)
        for row in compliance_matrix(rules.registry, rules.policy.residency, day):
            spec = today.entries[row.model].spec
            for cell in row.cells:
                bars = class_bars(spec, cell.data_class, rules.policy)
                assert cell.is_allowed == (not bars)
