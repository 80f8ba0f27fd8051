"""Health as clinicians and insurers write it: abbreviations, ages, doses, codes, findings."""

from __future__ import annotations

from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.topic import is_about_somebody

_TYPE = "HEALTH_CONDITION"
_PERSON = (
    "patient*", "pt", "pat", "mr", "mrs", "ms", "he", "she", "his", "her", "my", "i", "dob", "mrn",
    "herr", "frau", "er", "sie", "ich", "sein*", "ihr*", "mein*",
    "mme", "monsieur", "il", "elle", "je", "mon", "ma",
    "paciente*", "sr", "sra", "mi", "su", "paziente*", "sig", "signora", "mio", "mia", "sua", "suo",
    "utente", "meu", "minha", "seu", "patiënt*", "mevrouw", "dhr", "mijn", "zijn", "haar",
)  # fmt: skip
_FREQUENCY = (
    r"(?:b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|q\.?d|q\.?h\.?s|q\.?\d{1,2}\.?h|prn|p\.?o|i\.?v|i\.?m|"
    r"s\.?c|once|twice|daily|nightly|every \d{1,2} hours|per day|a day|at bedtime|weekly|"
    r"\d ?x ?(?:daily|a day|tägl|am tag|par jour|al día|al dì|ao dia|per dag|daags)"
    r"|\d-\d-\d|täglich|morgens|abends|par jour|matin|soir|al día|cada \d{1,2} horas|diari[oa]s?|"
    r"al giorno|die|ao dia|de \d{1,2} em \d{1,2}|per dag|daags)"
)
_SEX = (
    r"(?:male|female|man|woman|boy|girl|m|f|w/?m|b/?f|w/?f|b/?m|patient|gentleman|lady|infant|"
    r"child|nurse|teacher|engineer|worker|employee|smoker)"
)

NOTES: tuple[Pattern, ...] = (
    Pattern(
        name="clinical_heading",
        entity_type=_TYPE,
        regex=r"(?-i:\b(?:Dx|DX|Ddx|PMH|PMHx|PSH|Hx|HPI|ROS|FHx|SHx|Rx|NKDA|"
        r"NKA))\s?[:=-]\s?[a-z0-9][^\n]{2,60}|\bnkda\b"
        r"|(?:chief complaint|past medical history|medical history|history of present illness|"
        r"discharge diagnosis|admitting diagnosis|primary diagnosis|current medications?|"
        r"known allergies|drug allergies"
        r"|hauptdiagnose|nebendiagnosen?|aufnahmediagnose|entlassungsdiagnose|vorerkrankungen|"
        r"dauermedikation|medikation|anamnese|antécédents(?: médicaux)?|"
        r"motif d['’]hospitalisation|traitement en cours"
        r"|antecedentes(?: personales| médicos)?|motivo de consulta|diagnóstico principal|"
        r"tratamiento actual|anamnesi|diagnosi|terapia in corso|antecedentes pessoais|"
        r"queixa principal|medicação habitual|voorgeschiedenis|reden van opname|"
        r"medicatie)\s?:\s?[a-zà-ÿ0-9][^\n]{2,60}",
        score=0.8,
    ),
    Pattern(
        name="clinical_patient",
        entity_type=_TYPE,
        regex=r"\bpt\.?\s(?:c/o|complain\w*|presents?|presented|reports?|reported|denies|denied|"
        r"states|endorses|is an?|with|has|had|s/p|admitted|notes|tolerated|was|ambulat\w+|"
        r"diagnosed|h/o|on)\b[^\n]{3,40}|\b(?:c/o|s/p|h/o|p/w)\s[a-z]{3,}",
        score=0.8,
        validate=is_about_somebody,
    ),
    Pattern(
        name="clinical_age",
        entity_type=_TYPE,
        regex=rf"\d{{1,3}}[- ]?(?:y\.?/?o\.?|yrs? ?old|years?[- ]?old|"
        rf"[- ]year[- ]old)\s?[- ]?(?:[a-z-]+\s){{0,2}}?{_SEX}\b[^\n]{{0,60}}?(?:\bwith\b|"
        r"present|c/o|complain|histor|diagnos|admitted|h/o|s/p|suffer|pmh|status post|"
        r"known case)"
        rf"|\b\d{{2,3}}\s?(?-i:[MF])\s(?:with|presenting|presents|c/o|h/o|s/p|w/|admitted|pmh)"
        r"|\d{1,3}[- ]?jährige[rnms]?\s(?:patient|mann|frau|\w+)[^\n]{0,60}?(?:mit|leidet|"
        r"erkrankt|aufgenommen|diagnos|bekannte)|(?:patient|femme|homme|"
        r"patiente)[^\n.]{0,20}?de \d{1,3} ans[^\n]{0,60}?(?:atteint|souffr|présent|avec|"
        r"hospitalis|diagnos|suivi|antécédent)"
        r"|(?:paciente|varón|mujer|hombre)[^\n.]{0,20}?de \d{1,3} (?:años|"
        r"anos)[^\n]{0,60}?(?:con|com|diagnos|present|ingres|antecedent|queixa)|(?:paziente|"
        r"donna|uomo)[^\n.]{0,20}?di \d{1,3} anni[^\n]{0,60}?(?:con|affett|diagnos|present|"
        r"ricover)"
        r"|\d{1,3}[- ]?jarige\s(?:\w+)[^\n]{0,60}?(?:met|lijdt|opgenomen|diagnos|bekend)",
        score=0.8,
    ),
    Pattern(
        name="medication_with_frequency",
        entity_type=_TYPE,
        regex=rf"[a-z]{{4,24}}(?:\s[a-z]{{2,12}})?\s\d{{1,4}}(?:[.,]\d{{1,3}})?\s?(?:mg|mcg|µg|"
        rf"μg|units?|iu|ie|ui|meq)(?:/\w{{1,5}})?,?\s(?:[a-z]+\s){{0,2}}?{_FREQUENCY}\b",
        score=0.7,
        context=_PERSON,
        context_characters=150,
    ),
    Pattern(
        name="takes_dose",
        entity_type=_TYPE,
        regex=r"(?:takes?|taking|prescribed|started on|is on|i['’]m on|nimmt|nehme|bekommt|prend|"
        r"prends|toma|tomo|prende|prendo|assume|slikt|"
        r"gebruikt)\s(?:[^\s.,;]+\s){0,3}?\d{1,4}(?:[.,]\d{1,3})?\s?(?:mg|mcg|µg|units|ie)\b",
        score=0.75,
    ),
    Pattern(
        name="icd_code",
        entity_type=_TYPE,
        regex=r"(?:icd(?:[- ]?(?:9|10|11))?(?:-(?:cm|gm))?|cie-?10|cim-?10|cid-?10|dx|"
        r"diagnos(?:is|e|i|en|tic|tico|eschlüssel)|diagnóstico|diagnosecode)(?:\s(?:code|kode|"
        r"código|codice))?s?\W{1,4}(?P<value>(?-i:[A-TV-Z])\d{2}(?:\.\d{1,4}[a-z]?)?)",
        score=0.75,
        context=_PERSON,
        context_characters=120,
    ),
    Pattern(
        name="result_of_somebody",
        entity_type=_TYPE,
        regex=r"(?:hba1c|a1c|cd4(?: count)?|viral load|psa|bp|rr|blood pressure|blutdruck|"
        r"tension|bmi|gfr|egfr|creatinine|hemoglobin|h[ae]moglobin|troponin|ldl|glucose|"
        r"blood sugar|bac|spo2|gleason|ejection fraction|phq-?9|gad-?7|"
        r"apgar)\s?(?:\w{2,4}\s)?(?:of|is|was|:|=|bei|von|à|de|di)?\s?\d{1,3}(?:[.,/]\d{1,3})?",
        score=0.7,
        context=(
            "patient*",
            "pt",
            "mr",
            "mrs",
            "his",
            "her",
            "my",
            "herr",
            "frau",
            "mein*",
            "paciente*",
            "paziente*",
            "patiënt*",
            "mme",
            "ma",
            "mon",
            "mi",
            "mijn",
            "mrn",
        ),
        context_characters=90,
    ),
    Pattern(
        name="record_with_condition",
        entity_type=_TYPE,
        regex=r"(?:patient(?:in|e)?|paciente|paziente|patiënt|pat\.|name|employee|"
        r"mitarbeiter(?:in)?|employé|empleado|dipendente|funcionário|medewerker)(?:[ _]?(?:name|"
        r"nom|nombre|nome|naam))?\"?\s?[:=]\s?[^\n]{2,60}[\n,;|][^\x00]{0,160}?"
        r"(?:diagnos\w*|diagnóstico|condition|erkrankung|maladie|enfermedad|malattia|doença|"
        r"aandoening|complaint|beschwerden|symptoms?|medications?|therapie|reason for (?:leave|"
        r"absence)|allerg\w*|disability|grad der behinderung|medical notes?|hiv|"
        r"blood type)\"?\s?[:=]\s?\"?[^\s\"]{3,}",
        score=0.75,
    ),
)

TRIGGER = (
    r"diagnosed|hospitali[sz]ed|allergic|medication|treat(?:ed|ment)|therapy|admitted|prescribed|"
    r"tested positive|recovering from|infected with"
    r"|leave|called in sick|signed off|off sick|note|fmla|disability|krank\S*|arbeitsunfähig|"
    r"mutterschutz|arrêt|thérapeutique|baja|congedo|malattia|maternità|baixa|licença\S*|"
    r"zieke?\S*|zwangerschapsverlof"
)

SENTENCES: tuple[Pattern, ...] = (
    Pattern(
        name="sick_leave",
        entity_type=_TYPE,
        regex=r"(?:he|she|i|(?-i:[A-ZÀ-Þ][^\s\d.,]+)(?:\s(?-i:[A-ZÀ-Þ])[^\s\d.,]+)?)(?:['’](?:s|"
        r"m|ve))?\s(?:[^\s.?!]+\s){0,5}?(?:sick leave|medical leave|maternity leave|"
        r"called in sick|signed off (?:work|sick)|off sick|doctor['’]s note|fmla|"
        r"long-term disability|sick note|krankgeschrieben|arbeitsunfähig|krankmeldung|"
        r"krankgemeldet"
        r"|mutterschutz|arrêt maladie|en arrêt|mi-temps thérapeutique|baja médica|baja laboral|"
        r"baja por (?:enfermedad|depresión|ansiedad)|congedo per malattia|congedo di malattia|"
        r"in malattia|in maternità|baixa médica|licença médica|licença-maternidade|ziekgemeld|"
        r"ziekteverlof|ziektewet|zwangerschapsverlof)",
        score=0.75,
        validate=is_about_somebody,
    ),
    Pattern(
        name="diagnosed_with",
        entity_type=_TYPE,
        regex=r"(?:i|he|she|i['’]ve|s?he['’]s|(?:my|his|her|our|the)\s(?:[^\s.?!]+\s){1,3}?|"
        r"(?-i:[A-ZÀ-Þ][a-zà-ÿ'’-]+)(?:\s(?-i:[A-ZÀ-Þ])[^\s\d.,]+)?\s)\s?(?:(?:was|has|have|"
        r"been|just|recently|is|also|got|being|were|am)\s){1,4}(?:diagnosed (?:with|as)|"
        r"hospitali[sz]ed (?:for|with|after)|allergic to|on medication for|in treatment for|"
        r"treated for|in therapy for|admitted (?:for|with|to)|prescribed|tested positive for|"
        r"recovering from|infected with)\s[a-z0-9][^\s]{1,30}",
        score=0.75,
        validate=is_about_somebody,
    ),
)
