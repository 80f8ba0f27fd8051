"""Numbers under which hospitals, insurers, employers and shops know a person."""

from __future__ import annotations

from router.privacy.recognisers.checks import reference
from router.privacy.recognisers.medical_checks import (
    is_chi,
    is_dea,
    is_kvnr,
    is_npi,
    is_reference,
)
from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.shapes import REFERENCE, named

# As they stand over columns and in forms, where the number does not follow at once.
_RECORD = (
    "medical record number*", "medical record no", "medical record nr", "patient number", "mrn",
    "patient record number", "hospital number", "chart number", "patientennummer*",
    "patienten-nr", "patienten-id", "fallnummer", "krankenaktennummer", "numéro de dossier médical",
    "n° de dossier médical", "numéro de dossier patient", "numéro du dossier médical",
    "numéro patient", "identifiant patient", "dossier médical n°", "número de historia clínica",
    "n.º de historia clínica", "nº de historia clínica", "número de historia", "historia clínica",
    "número de paciente", "numero di cartella clinica", "numero cartella clinica",
    "numero della cartella clinica", "cartella clinica", "numero paziente", "codice paziente",
    "número de processo clínico", "número do processo clínico", "n.º de processo clínico",
    "processo clínico", "número de utente", "número do prontuário", "prontuário",
    "patiëntnummer*", "patiënt-nr", "patiëntennummer", "medisch dossiernummer",
)  # fmt: skip

_INSURED = (
    "health insurance number*", "health insurance no", "health insurance id*",
    "insurance member id", "insurance member number", "insurance policy number",
    "health plan id", "health plan number", "member id", "subscriber id", "policyholder id",
    "versichertennummer*", "versicherten-nr", "versicherten-id", "krankenversichertennummer*",
    "krankenversicherungsnummer*", "krankenkassennummer", "numéro d'assuré", "n° d'assuré",
    "numéro de l'assuré", "numéro d'adhérent", "numéro de mutuelle", "numéro d'assurance maladie",
    "numéro de sécurité sociale", "número de asegurado", "número de asegurada",
    "número del asegurado", "número de afiliado", "número de póliza", "n.º de asegurado",
    "número de tarjeta sanitaria", "numero di assicurato", "numero assicurato",
    "numero dell'assicurato", "numero d'assicurato", "numero tessera sanitaria",
    "numero di tessera sanitaria", "numero di polizza", "número de beneficiário",
    "número do beneficiário", "número de segurado", "número do cartão de saúde", "n.º de apólice",
    "número de apólice", "número da apólice", "polisnummer*", "verzekerdennummer*",
    "verzekeringsnummer*", "zorgverzekeringsnummer", "zorgpolisnummer",
)  # fmt: skip

_NUMBER = (
    r"(?:number|no\.?|num\.?|nbr|nr\.?|n[°ºo]\.?|id\.?|ids|identifier|#|code|reference|ref\.?|"
    r"nummer|kennung|numéro|identifiant"
    r"|número|num|numero|codice|código|identificador|kenmerk)"
)
_SEPARATOR = (
    r"[\s:#=\"'`*>|(\[)_-]{0,8}(?:(?:is|was|are|lautet|ist|est|es|è|é|of|n[°ºo]\.?|no\.?|nr\.?|"
    r"was)(?:[\s:#=]{1,3}))?[\"'`#(]{0,2}"
)
_VALUE = (
    r"(?P<value>(?:[a-z]{1,8}[-_/.]?)?(?:[a-z]{1,4}[-_/])?\d{2,4}(?: \d{2,4}){1,4}|"
    r"(?:[a-z]{1,8}[-_/.]?)?(?:[a-z]{1,4}[-_/])?\d[\da-z]{0,20}(?:[-_/. ]?[\da-z]{1,12}){0,4}?)"
    r"(?:[^\da-z_/-]|[-_/]\W|$)"
)


def _numbers(name: str, entity_type: str, holders: str) -> Pattern:
    return Pattern(
        name=name,
        entity_type=entity_type,
        regex=rf"(?:{holders}){_SEPARATOR}{_VALUE}",
        score=0.85,
        validate=is_reference,
        boundaries=False,
    )


PATTERNS: tuple[Pattern, ...] = (
    _numbers(
        "medical_record_number",
        "MEDICAL_RECORD_NUMBER",
        r"\bmrn|\bemrn|\bpatmrn|(?:patient|medical|health|clinical|hospital|chart|radiology|lab|"
        r"admission)(?:['’]s)?[ _-]?(?:record|file|chart"
        rf"|history|visit)?s?[ _-]?{_NUMBER}|(?:medical|health|hospital|patient)[ _-](?:record|"
        r"file|chart)s?"
        r"|(?:patienten|fall|akten|krankenakten|aufnahme|behandlungs)[ -]?(?:nummer|nr\.?|id|"
        r"kennung)|krankenakte"
        r"|(?:dossier|identifiant|numéro|n°)[ _](?:de |du |d['’])?(?:dossier |"
        r"patient)(?:médical|medical|patient)?|dossier (?:médical|patient)(?: n[°o])?|\bipp"
        r"|(?:número|numero|núm\.?|n[°ºo]\.?)\s(?:de\s|da\s|do\s|di\s|"
        r"della\s)?(?:historia(?: clínica)?|expediente(?: médico)?|paciente|paziente"
        r"|cartella(?: clinica)?|prontu[áa]rio|processo(?: clínico)?|utente)|historia clínica|"
        r"cartella clinica(?: n\.?)?|prontu[áa]rio(?: médico)?"
        r"|\bnhc|(?:pati[ëe]nt|dossier|zorg|opname)[ -]?(?:nummer|nr\.?)|id (?:del |do |"
        r"della? )?(?:paciente|paziente)",
    ),
    _numbers(
        "health_insurance_number",
        "HEALTH_INSURANCE_NUMBER",
        r"(?:health|medical|dental|insurance|medicare|medicaid|hicn?|policy|policy ?holder|"
        r"subscriber|member|membership|beneficiary|insured|claim|group"
        r"|authorization|pre-?auth|benefits?|coverage|plan)(?:['’]s)?[ _-]?(?:insurance|policy|"
        r"card|claim|plan|member|subscriber|account|certificate)?s?"
        rf"[ _-]?{_NUMBER}|insurance policy|medicare|health card|rxbin|rxgrp"
        r"|(?:kranken)?versicher(?:ungs|ten)[ -]?(?:nummer|nr\.?)|\bkvnr|\bvsnr|"
        r"policen?[ -]?(?:nummer|nr\.?)|mitgliedsnummer|schaden[ -]?(?:nummer|nr\.?)"
        rf"|versicherungsschein(?:nummer|nr\.?)?"
        r"|(?:numéro|n[°o])\s(?:de\s|d['’])?(?:police|assuré|adhérent|contrat|sinistre|"
        r"mutuelle)(?: social)?"
        r"|(?:número|n[°ºo]\.?|num\.?)\s(?:de\s|da\s|do\s|della\s)?(?:póliza|afiliado|asegurado|"
        r"siniestro|apólice|segurado|beneficiário|sinistro|tarjeta sanitaria)"
        r"|póliza|apólice|polizza(?: n\.?)?|(?:numero|n\.)\s(?:di\s|della\s)?(?:polizza|"
        r"sinistro|tessera sanitaria|assicurato)|carteirinha"
        r"|(?:polis|verzekerden|verzekerings|schade|zorgverzekerings|"
        r"lidmaatschaps)[ -]?(?:nummer|nr\.?)",
    ),
    _numbers(
        "employee_id",
        "EMPLOYEE_ID",
        rf"(?:employee|emp|staff|personnel|payroll|worker|badge)(?:['’]s)?[ _-]?{_NUMBER}|"
        r"personal[ -]?(?:nummer|nr\.?)|mitarbeiter[ -]?(?:nummer|nr\.?|id)"
        r"|stamm[ -]?(?:nummer|nr\.?)|matricule|matr[íi]cula|matricola|(?:número|"
        r"n[°ºo]\.?)\s(?:de\s|do\s)?(?:empleado|funcionário|trabajador)"
        r"|(?:personeels|medewerkers|werknemers)[ -]?(?:nummer|nr\.?)|(?:numéro|n[°o])\s(?:de\s|"
        r"d['’])?(?:salarié|employé)",
    ),
    _numbers(
        "customer_number",
        "CUSTOMER_NUMBER",
        r"(?:customer|client|cust|kyc|case|loan|mortgage|tenant|student|voter|inmate|offender|"
        r"prisoner|citizen|applicant|taxpayer|suspect|guest|donor)"
        rf"(?:['’]s)?[ _-]?(?:account|file|identification)?[ _-]?{_NUMBER}|kunden[ -]?(?:nummer|"
        r"nr\.?)|mandats?(?:nummer|referenz)|aktenzeichen|\baz\.:"
        r"|matrikel[ -]?(?:nummer|nr\.?)|(?:numéro|n[°o]|réf(?:érence)?\.?|code)\s(?:de\s|"
        r"du\s)?(?:client|dossier|compte client|étudiant)"
        r"|(?:número|n[°ºo]\.?|num\.?|código|codice|numero)\s(?:de\s|do\s|del\s)?(?:cliente|"
        r"caso|estudiante|aluno|pratica)"
        rf"|(?:klant|dossier|zaak|cliënt|studenten?)[ -]?(?:nummer|nr\.?)",
    ),
    _numbers(
        "medical_license",
        "MEDICAL_LICENSE",
        r"(?:medical|nursing|physician|pharmacy|doctor|rn|md)(?:['’]s)?[ _-]?(?:licen[sc]e|"
        rf"registration)[ _-]?{_NUMBER}?|\bgmc(?: {_NUMBER})|approbationsnummer"
        r"|\bnmc pin|\blanr|\brpps|número de colegiado|(?:nº\s)?colegiado|"
        rf"\bcrm[ /-](?-i:[A-Z]{{2}})|big-(?:nummer|registratie)",
    ),
    named("medical_record_named", "MEDICAL_RECORD_NUMBER", REFERENCE, _RECORD, reference(5)),
    named("health_insurance_named", "HEALTH_INSURANCE_NUMBER", REFERENCE, _INSURED, reference(6)),
    Pattern(
        name="licence_of_a_physician",
        entity_type="MEDICAL_LICENSE",
        regex=r"licen[sc]e (?:number|no\.?|#)?[\s:#]{0,3}(?P<value>[a-z]{1,4}[- ]?\d{4,8})",
        score=0.85,
        context=("physician", "doctor", "medical", "nurse", "dr", "md", "pharmacist", "surgeon"),
    ),
    Pattern(
        name="us_npi",
        entity_type="MEDICAL_LICENSE",
        regex=r"[12]\d{9}",
        score=0.9,
        validate=is_npi,
        context=("npi", "provider", "prescriber", "physician", "national provider"),
        context_characters=60,
        isolated=True,
    ),
    Pattern(
        name="us_dea",
        entity_type="MEDICAL_LICENSE",
        regex=r"[abfgmpr][a-z9]\d{7}",
        score=0.9,
        validate=is_dea,
        context=("dea", "prescriber", "physician", "prescription", "pharmacy", "dr"),
        context_characters=60,
        score_alone=0.5,
    ),
    Pattern(
        name="us_mbi",
        entity_type="HEALTH_INSURANCE_NUMBER",
        regex=r"(?-i:[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0"
        r"-9]\d-?"
        r"[AC-HJKMNP-RT-Y]{2}\d{2})",
        score=0.9,
    ),
    Pattern(
        name="de_kvnr",
        entity_type="HEALTH_INSURANCE_NUMBER",
        regex=r"(?-i:[A-Z]\s?\d{9})",
        score=0.9,
        validate=is_kvnr,
        context=(
            "versichert*",
            "krankenversicher*",
            "krankenkasse*",
            "kvnr",
            "kv-nr",
            "patient*",
            "egk",
            "aok",
            "gkv",
        ),
        score_alone=0.4,
    ),
    Pattern(
        name="uk_chi",
        entity_type="MEDICAL_RECORD_NUMBER",
        regex=r"[0-3]\d[01]\d{3}[ -]?\d{4}",
        score=0.9,
        validate=is_chi,
        context=("chi", "chi number", "chi no", "community health index"),
        context_characters=60,
        isolated=True,
    ),
)
