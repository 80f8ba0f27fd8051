"""What somebody believes, whom they love, what they vote, where they come from, what they did."""

from __future__ import annotations

from collections.abc import Mapping

from router.privacy.recognisers import beliefs_words
from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.person_grammar import (
    CAPITAL,
    FIRST_NAME,
    FULL_NAME,
    GAP_WORD,
    GRAMMARS,
    MYSELF_IS,
    TITLED,
    VERB_LAST,
    subject,
    verb_last,
    words,
)
from router.privacy.recognisers.topic import FIGURATIVE, is_said_of_somebody

_PARTIES, _UNIONS = words(beliefs_words.PARTIES), words(beliefs_words.UNIONS)
_DID = {
    "en": r"(?:(?:is|was|'s|’s|am|'m|’m|has been|became|has|had|"
    r"being)\s(?:an?\s)?(?:[^\s.?!;:]+\s){0,2}?(?:member|supporter|activist|voter|donor|"
    r"organi[sz]er|delegate|official|volunteer|part|rep|representative|steward)\s(?:of|for|in|with|"
    r"from)|(?:joined|left|belongs? to|votes?|voted|voting|donat(?:es|ed) to|supports?|"
    r"supported|campaign(?:s|ed) for|canvass(?:es|ed) for|register(?:s|ed) (?:as|to vote)|"
    r"canvassed for|marched with|pays? dues to|organi[sz](?:es|ed|ing)(?: with| for)?|"
    r"volunteers? for)(?:\s(?:for|as))?|(?:is|was|am|identifies as)(?:\s(?:an?|with|in))?)",
    "de": r"(?:(?:ist|bin|war|wurde)\s(?:[^\s.?!;:]+\s){0,3}?(?:mitglied|anhänger(?:in)?|"
    r"unterstützer(?:in)?|wähler(?:in)?|funktionär(?:in)?|aktivist(?:in)?|delegierter?|aktiv|"
    r"vertrauensmann|organisiert)(?:\s(?:der|bei|in|im|von|des|bei der|in der))?|(?:wählt|wähle|"
    r"wählte|hat|habe|unterstützt|spendet an|engagiert sich(?: in| bei| für)?|tritt|trat|gehört|"
    r"sitzt)(?:\s(?:die|der|den|für|bei|in|im|zur|an))?|ist (?:überzeugter?|gewerkschaftlich)|"
    r"ist)",
    "fr": r"(?:(?:est|suis|était|fut)\s(?:[^\s.?!;:]+\s){0,3}?(?:membre|adhérente?|militante?|"
    r"sympathisante?|électeur|électrice|déléguée?|encartée?|syndiquée?|élue?|inscrite?|affiliée?)(?:\s(?:de|du|des|"
    r"à|au|chez|pour))?|(?:vote|votait|a voté|ai voté|milite|soutient|a adhéré|adhère|"
    r"appartient|cotise)(?:\s(?:pour|au|à|chez|le|la|les))?|est|suis)",
    "es": r"(?:(?:es|soy|era|fue)\s(?:[^\s.?!;:]+\s){0,3}?(?:miembro|militante|afiliad[oa]|"
    r"simpatizante|votante|delegad[oa]|representante|activista)(?:\s(?:de|del|a|al|en|de la))?|"
    r"(?:vota|votó|voté|voto|milita|apoya|está afiliad[oa]|estoy afiliad[oa]|pertenece|"
    r"se afilió)(?:\s(?:a|al|en|por|de|del))?|es|soy)",
    "it": r"(?:(?:è|sono|era|fu)\s(?:[^\s.?!;:]+\s){0,3}?(?:membro|iscritt[oa]|militante|"
    r"tesserat[oa]|simpatizzante|elettore|elettrice|delegat[oa]|rappresentante|attivista|"
    r"sostenitore)(?:\s(?:di|del|della|al|alla|a|dei|per|nel))?|(?:vota|votato|voto|ha votato|"
    r"ho votato|milita|sostiene|appartiene|si è iscritt[oa])(?:\s(?:per|il|la|al|alla|in|nel))?|"
    r"è|sono)",
    "pt": r"(?:(?:é|sou|era|foi)\s(?:[^\s.?!;:]+\s){0,3}?(?:membro|militante|filiad[oa]|"
    r"simpatizante|eleitora?|delegad[oa]|dirigente|ativista|sindicalizad[oa]|sócio|"
    r"apoiadora?)(?:\s(?:de|do|da|ao|à|no|na|pelo))?|(?:vota|votou|votei|voto|milita|apoia|"
    r"filiou-se|se filiou|está filiad[oa]|pertence)(?:\s(?:no|na|em|pelo|ao|à|a|o))?|é|sou)",
    "nl": r"(?:(?:is|ben|was|werd)\s(?:[^\s.?!;:]+\s){0,2}?(?:lid|aanhanger|stemmer|kaderlid|"
    r"actief|vertegenwoordiger|bestuurslid|sympathisant|activist|aangesloten)(?:\s(?:van|bij|"
    r"voor|in))?|(?:stemt|stemde|stem|stemmen|steunt|doneert aan|behoort tot)(?:\s(?:op|de|het|"
    r"voor))?|is (?:een|overtuigd)?)",
}
_MYSELF_DID = (
    r"(?:voté|ho votato|votei|he votado|milito|voto|estoy afiliad[oa]|sono iscritt[oa]|"
    r"sou filiad[oa]|soy miembro|sono membro|sou membro|j['’]ai voté)(?:\s[^\s.?!;:]+)?"
)
_ANYBODY = "|".join(
    (FULL_NAME, TITLED, FIRST_NAME, *(f"{g.people}|{g.pronouns}" for g in GRAMMARS.values()))
)


def _states(name: str, entity_type: str, by_language: Mapping[str, str]) -> tuple[Pattern, ...]:
    return tuple(
        Pattern(
            name=f"{name}_{code}",
            entity_type=entity_type,
            regex=rf"(?:{f'(?:{MYSELF_IS[code]})|' if code in MYSELF_IS else ''}"
            rf"{subject(grammar, 1)}{grammar.being})\s(?:{GAP_WORD})"
            rf"{{0,2}}?(?:{words(by_language[code])}){FIGURATIVE}",
            score=0.75,
            validate=is_said_of_somebody,
        )
        for code, grammar in GRAMMARS.items()
    )


def _last(name: str, entity_type: str, by_language: Mapping[str, str]) -> tuple[Pattern, ...]:
    return tuple(
        Pattern(
            name=f"{name}_last_{code}",
            entity_type=entity_type,
            regex=verb_last(code, GRAMMARS[code], words(by_language[code])),
            score=0.75,
            validate=is_said_of_somebody,
        )
        for code in VERB_LAST
    )


def _did(name: str, entity_type: str, nouns: str) -> tuple[Pattern, ...]:
    return tuple(
        Pattern(
            name=f"{name}_{code}",
            entity_type=entity_type,
            regex=rf"(?:{subject(grammar, 5)}{_DID[code]}|"
            rf"{_MYSELF_DID})\s(?:{GAP_WORD}){{0,3}}?(?:{nouns}){FIGURATIVE}",
            score=0.75,
            validate=is_said_of_somebody,
        )
        for code, grammar in GRAMMARS.items()
    )


_FAITHS = (
    r"(?:islam|islão|islã|islamismo|muslim faith|judaism|judaísmo|judaïsme|giudaismo|ebraismo|"
    r"judentum|jodendom|christianity|christentum|christianisme|cristianismo|cristianesimo|"
    r"christendom|catholicism|catholicisme|katholizismus|catolicismo|cattolicesimo|katholicisme|"
    r"protestantism\w*|protestantismus|buddhism|buddhismus|bouddhisme|budismo|buddismo|"
    r"boeddhisme|hinduism\w*|hinduismus|hindouisme|hinduísmo|induismo|hindoeïsme|sikhism\w*|"
    r"orthodox(?:y|e kirche)|mormonism\w*|bahá['’]?í|atheism\w*)"
)
_CONVERTED = (
    r"(?:convert(?:ed|s|ing)?|reverted|konvertier\w*|bekehrt\w*|übergetreten|übertrat|convertie?|"
    r"convertir|convirti[^\s]{1,4}|convertido|convertida|converteu(?:-se)?|converter(?:-se)?|"
    r"convertit[oa]|convertì|convertirsi|bekeerde?|bekeren|overgegaan|renounced|abjur\w+)"
)
_PERSON_OR_PRONOUN = "|".join(
    (FULL_NAME, TITLED, *(f"{g.people}|{g.pronouns}" for g in GRAMMARS.values()))
)
_OBSERVANCE = (
    r"(?:(?:fasts?|fasting|observes?|keeps?|fastet|faste|jeûne|fait|ayuna|ayuno|hace|digiuna|fa|"
    r"jejua|faz|vast|celebrates?|celebra|célèbre|feiert|viert|houdt|attends|prays at)\s"
    rf"(?:{GAP_WORD}){{0,3}}?(?:ramadan|ramadán|ramadã|kosher|koscher|casher|halal|the sabbath|"
    r"shabbat|sabbat|shabat|yom kippur|mosque|synagogue))"
)


TRIGGER = "|".join(
    (
        _FAITHS,
        r"ramadan|ramadán|ramadã|kosher|koscher|casher|halal|sabbath|shabbat|sabbat|shabat|"
        r"yom kippur|mosque|synagogue",
        _PARTIES,
        _UNIONS,
        *(
            words(entries)
            for by_language in (
                beliefs_words.RELIGIONS,
                beliefs_words.ORIENTATIONS,
                beliefs_words.ETHNICITIES,
                beliefs_words.CRIMES,
            )
            for entries in by_language.values()
        ),
        "prison|jail|gefängnis|haft|cárcel|prisión|carcere|prisão|cadeia|gevangenis|cadastro",
        "casier|antecedentes|conviction|vorstrafen?",
    )
)
"""One of these has to stand in a text before SENTENCES are worth looking for."""

SENTENCES: tuple[Pattern, ...] = (
    *_states("religion", "RELIGION", beliefs_words.RELIGIONS),
    *_states("orientation", "SEXUAL_ORIENTATION", beliefs_words.ORIENTATIONS),
    *_states("ethnicity", "ETHNICITY", beliefs_words.ETHNICITIES),
    *_states("criminal", "CRIMINAL_RECORD", beliefs_words.CRIMES),
    *_last("religion", "RELIGION", beliefs_words.RELIGIONS),
    *_last("orientation", "SEXUAL_ORIENTATION", beliefs_words.ORIENTATIONS),
    Pattern(
        name="religion_converted",
        entity_type="RELIGION",
        regex=rf"(?:{_PERSON_OR_PRONOUN})\s(?:{GAP_WORD}){{0,4}}?(?:{_CONVERTED}\s"
        rf"(?:{GAP_WORD}){{0,4}}?(?:[dl]['’]|all['’])?{_FAITHS}|(?:zum|tot|naar)\s(?:de\s|het\s)?"
        rf"{_FAITHS}\s{_CONVERTED})",
        score=0.75,
        validate=is_said_of_somebody,
    ),
    Pattern(
        name="religion_observed",
        entity_type="RELIGION",
        regex=rf"(?:{_PERSON_OR_PRONOUN})\s(?:{GAP_WORD}){{0,2}}?{_OBSERVANCE}",
        score=0.75,
        validate=is_said_of_somebody,
    ),
    Pattern(
        name="criminal_has",
        entity_type="CRIMINAL_RECORD",
        regex=rf"(?:{_ANYBODY})\s(?:{GAP_WORD}){{0,3}}?(?:has|had|have|hat|habe|a|ai|tiene|tengo|"
        r"ha|ho|tem|tenho|heeft|heb)\s"
        rf"(?:{GAP_WORD}){{0,2}}?(?:criminal record|prior convictions?|felony conviction|"
        r"vorstrafen?|casier(?: judiciaire)?|"
        r"antecedentes(?: penales| criminais)?|precedenti penali|cadastro|strafblad)",
        score=0.75,
        validate=is_said_of_somebody,
    ),
    Pattern(
        name="criminal_served",
        entity_type="CRIMINAL_RECORD",
        regex=rf"(?:{_ANYBODY})\s(?:{GAP_WORD}){{0,2}}?(?:spent|served|faces|got|saß|passé|pasó|"
        rf"passato|passou|zat)\s(?:{GAP_WORD}){{1,4}}?"
        r"(?:prison|jail|gefängnis|haft|cárcel|prisión|carcere|prisão|cadeia|gevangenis)",
        score=0.75,
        validate=is_said_of_somebody,
    ),
    *_did("politics", "POLITICAL_OPINION", _PARTIES),
    *_did("union", "UNION_MEMBERSHIP", _UNIONS),
)

FIELDS: tuple[Pattern, ...] = (
    Pattern(
        name="union_dues",
        entity_type="UNION_MEMBERSHIP",
        regex=r"union dues|gewerkschaftsbeitrag|cotisations? syndicales?|cuota sindical|"
        r"quota sindacale|contribuição sindical|vakbondscontributie",
        score=0.75,
        context=(
            "employee*",
            "emp",
            "staff",
            "his",
            "her",
            "my",
            "mr",
            "mrs",
            "ms",
            "payroll",
            "deducted",
            "mitarbeiter*",
            "herr",
            "frau",
            "salarié*",
            "emplead*",
            "dipendent*",
            "funcionári*",
            "medewerker*",
        ),
    ),
    Pattern(
        name="belief_field",
        entity_type="RELIGION",
        regex=r"(?:religion|konfession|religionszugehörigkeit|confession|religión|religione|"
        r"religião|religie|geloof|godsdienst|culto|faith|glaube|bekenntnis|kirchensteuermerkmal|"
        r"geloofsovertuiging|religious[_ ](?:affiliation|beliefs?)|(?:religi|relig|konf)_?\w{0,8})"
        r"[\"'*]{0,3}\s?[:=]\s?[*\"']{0,3}\s?(?:muslim|islam|jew|"
        r"jüd|christ|cathol|kathol|catól|protest|evang|hindu|buddh|sikh|juif|juive|musulm|judí|"
        r"ebre|cattol|jude|muçul|moslim|joods|jood|juda|ebra|islâ|isl[aã]|boed|boud|bud|mormon|ortod|orthod|cristi|adventist|baptist|methodist|luther|anglic|zeuge|jeho|testi|até|ate[oau]|athé|agnost|"
        r"atheis|rk\b|ev\b|röm)",
        score=0.8,
        boundaries=False,
    ),
    Pattern(
        name="origin_field",
        entity_type="ETHNICITY",
        regex=r"(?:ethnicity|race|ethnic (?:group|origin)|ethnie|ethnische herkunft|"
        r"origen étnico|etnia|raza|raça|etniciteit)\"?\s?[:=]\s?\"?(?:black|white|asian|"
        r"hispanic|latin|african|caucasian|arab|native|mixed|roma|kurd|indígena|negr|pard|pret|"
        r"branc|blanc|schwarz|weiß|gitan|mestiz)",
        score=0.75,
        boundaries=False,
    ),
    Pattern(
        name="orientation_field",
        entity_type="SEXUAL_ORIENTATION",
        regex=r"(?:sexual[_ ]?orientation|sexuelle orientierung|orientation sexuelle|"
        r"orientación sexual|orientamento sessuale|orientação sexual|seksuele geaardheid|"
        r"gender identity|sexualität|sexualité|sexualidad|sessualità|geaardheid|"
        r"sexuality|orientación|orientamento)[\"'*]{0,3}\s?(?:[:=]|is|est|es|è|é|ist)\s?\"?(?:gay|lesb|bi|homo|hetero|"
        r"queer|pan|asex|straight|trans|non-?binary|schwul)",
        score=0.8,
        boundaries=False,
    ),
    Pattern(
        name="union_field",
        entity_type="UNION_MEMBERSHIP",
        regex=r"(?:(?:trade )?union member(?:ship)?|gewerkschaftsmitglied(?:schaft)?|"
        r"gewerkschaftsbeitrag|vakbondslid(?:maatschap)?|syndiquée?|afiliación sindical|"
        r"sindicato|sindacato|syndicat|vakbond|gewerkschaft|sindicaliz\w+|"
        r"iscrizione sindacale|filiação sindical)\"?\s?(?:[:=]\s?\"?(?:yes|true|ja|oui|sí|sì|"
        r"sim|\d|[a-z])|(?:no\.?|nr\.?|number|card)\s)",
        score=0.75,
        boundaries=False,
    ),
    Pattern(
        name="biometric",
        entity_type="BIOMETRIC",
        regex=r"(?:fingerprints?|finger-?prints?|face ?prints?|iris|retina(?:l)?|voice ?prints?|"
        r"palm ?prints?|facial recognition|facial|face|biometric|dna|genetic|gait|fingerabdruck|"
        r"fingerabdrücke|gesichtsscan|iris-?scan|stimmprofil|empreintes? digitales?|empreintes?|"
        r"données biométriques|huellas? dactilar(?:es)?|huellas?|datos biométricos|"
        r"impront[ae] digital[ei]|impront[ae]|dati biometrici|impress(?:ão|ões) digita(?:l|is)|"
        r"dados biométricos|vingerafdruk(?:ken)?|irisscan)"
        r"\s?(?:(?:template|scan|hash|sample|data|image|record|profile|vector|embedding|"
        r"embeddings|templates|scans|id|enrol?lment|biometri\w*|test|results?|of|de|del|della|da|"
        r"do|von|van|der|des|du)\s?){0,4}(?:of|for|from|belonging to|von|des|der|de|del|della|da|"
        r"do|van|di|du)\s(?:(?:the|my|our|an?|der|die|das|des|la|le|el|il|o|a|het|de|l['’])\s?)?"
        r"(?:(?:employee|patient|customer|client|user|applicant|suspect|defendant|visitor|"
        r"mitarbeiter(?:in|s)?|patient(?:en|in|e)?|employée?|salariée?|emplead[oa]|"
        r"trabajador[a]?|dipendente|funcionári[oa]|medewerker|werknemer|verdächtigen|"
        rf"sospechos[oa]|suspecte?)\s?(?:id|no\.?|nr\.?|n[°º]|#)?\s?[a-z]{{0,4}}-?(?:\d{{1,12}}|"
        rf"(?-i:{CAPITAL})[^\s.,]*)|(?-i:{CAPITAL})[^\s\d.,]+\s(?-i:{CAPITAL})[^\s\d.,]+|"
        rf"(?:herr|frau|mr|mrs|ms)\.?\s(?-i:{CAPITAL})[^\s.,]*)",
        score=0.75,
    ),
    Pattern(
        name="biometric_enrolled",
        entity_type="BIOMETRIC",
        regex=r"(?:fingerprint|face|facial|iris|retina|voice ?print|palm ?print|biometric|dna)s?\s"
        r"(?:template |scan |sample |data |image |record |profile )?(?:was |were |is |that )?"
        r"(?:enrolled|registered|stored|captured|taken|collected|recorded|on file)\s(?:yesterday |"
        r"today )?(?:for|of|from)\s(?:the|our|my|this|that|his|her)\s(?:[^\s.,;:!?]+\s)??"
        r"(?:employee|patient|suspect|defendant|applicant|visitor|tenant|client|nurse|guard|"
        r"worker|colleague|accountant|driver|cleaner|technician|student|detainee|prisoner|witness|"
        r"victim|son|daughter|wife|husband|child)",
        score=0.7,
    ),
    Pattern(
        name="biometric_of_somebody",
        entity_type="BIOMETRIC",
        regex=r"(?:my|his|her|(?:the )?(?:employee|patient|suspect|customer|client|"
        r"applicant)['’]s|(?-i:[A-ZÀ-Þ][a-zà-ÿ]+)['’]s|mein(?:e|en)?|sein(?:e|en)?|ihr(?:e|en)?|"
        r"mes|ses|son|mis?|sus?|le mie|le sue|la sua|as minhas|sua|suas|mijn|zijn|haar)\s"
        r"(?:fingerprints?|face scan|facial scan|iris scan|retina scan|retinal scan|voiceprint|"
        r"palm print|biometrics?|biometric (?:data|template)|dna(?: (?:test|sample|profile|"
        r"results?))?|genome|genetic (?:test|data|results?)|23andme\w*|fingerabdrücke?n?|"
        r"irisscan|biometrischen? daten|gentest|dna-\w+|empreintes digitales|"
        r"données biométriques|adn|huellas dactilares|huella dactilar|datos biométricos|"
        r"impronte digitali|dati biometrici|impress(?:ão|ões) digita(?:l|is)|dados biométricos|"
        r"vingerafdruk(?:ken)?|biometrische gegevens)",
        score=0.7,
    ),
    Pattern(
        name="biometric_field",
        entity_type="BIOMETRIC",
        regex=r"(?:fingerprint|face|iris|voice|biometric|palm)[_ ]?(?:template|hash|embedding|"
        r"vector|encoding|minutiae)\"?\s?[:=]\s?(?:\"?[a-z0-9+/=]{16,}|\[\s?-?\d\.\d+,)",
        score=0.8,
        boundaries=False,
    ),
)
