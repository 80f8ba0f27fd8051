"""Numbers of patients, insured people, staff and customers, by their names."""

from __future__ import annotations

import pytest

from router.privacy.recognisers import medical
from router.privacy.recognisers.match import PatternMatcher

MATCHER = PatternMatcher(medical.PATTERNS)

FOUND = [
    "MRN 00482913",
    "Patient ID AHC-0933289 and insurance policy #88291-LK",
    "Medical file #MXC-438220",
    "insurance number 77422-AZC",
    "MRN ALPHA-442021",
    "patient ID 108965",
    "Policyholder ID 7654321",
    "employee ID 127854",
    "medical record number MRN_987654321",
    "Patient ID 89456L",
    "customer number 4482-1190",
    "Customer No.: K-448211",
    "Kundennummer 88123455",
    "Personalnummer: 004512",
    "Versichertennummer A123456780",
    "Krankenversicherungsnummer: B987654321",
    "numéro de dossier médical : 4458812",
    "numéro client 8841022",
    "matricule 44812",
    "número de historia clínica 8834512",
    "número de póliza 22-8841-A",
    "número de paciente: 55120",
    "cartella clinica n. 44512",
    "polizza n. 99812-IT",
    "número do utente 123456789",
    "prontuário 8812345",
    "polisnummer 8841223",
    "patiëntnummer 7712345",
    "NPI: 1234567893",
    "DEA AB1234563",
    "Medicare 1EG4-TE5-MK73",
    '"patient_id": "P-77124"',
    '"mrn":"00482913"',
    "claim number CLM-2024-88123",
    "member ID: XJH884512990",
    "group no. 88123, subscriber id W882211334",
    "case number 2024-CR-88121",
    "license no. MD-48812 (physician)",
    "medical license number A98812",
    "policy number: PN-8841-22",
    "Health card number 1234-567-890-AB",
    "Fallnummer 2024/88121",
    "policy no: HX-220194-B",
]

HARMLESS = [
    "The patient ID is a primary key",
    "patient_id = models.IntegerField()",
    "customer number of orders",
    "employee id column",
    "policy number one is be kind",
    "case number 3 of the study",
    "Write a SQL query with employee_id INT",
    "claim 3 of the patent",
    "insurance policy 2024",
    "the member function 8",
    "case 12345:",
    "version number 20240101",
    "employee_id: int",
    "the NPI registry 2020",
    "in 2021 the patient was",
    "select * from employees where employee_id = 5",
    "issue number 12345",
    "Policy 2030 agenda",
]


@pytest.mark.parametrize("text", FOUND)
def test_it_is_found(text: str) -> None:
    assert MATCHER.find(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_it_is_nobodys(text: str) -> None:
    assert [match.pattern for match in MATCHER.find(text)] == []
