"""Streets with numbers, as the countries of seven languages and their neighbours write them."""

from __future__ import annotations

from router.privacy.recognisers.address_checks import (
    is_capitalised_name,
    is_capitalised_street,
    is_named_street,
    is_romance_line,
    is_street_line,
    is_undated_street,
)
from router.privacy.recognisers.pattern import Pattern

_TYPE = "POSTAL_ADDRESS"
_REST = r"[^\s\d,;:()<>\"!?=+*/\\|\[\]{}]"
_CAP = rf"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я]{_REST}{{0,24}})"
_LINK = (
    r"(?:de|del|della|delle|dei|degli|di|da|do|dos|das|du|des|la|le|les|el|los|las|d|l|y|e|et|"
    r"von|van|der|den|am|zum|zur|al|san|st)"
)
_WORD = rf"{_REST}{{2,24}}"
_NUMBER = r"\d{1,5}(?:\s?[a-z]|\s?(?:bis|ter))?(?:\s?[-–/]\s?\d{1,5}[a-z]?)?"
_COMPASS = r"(?:(?:north|south|east|west|[ns]\.?[ew]?|e|w)\.?\s+)?"

_PLAIN = (
    r"(?:street|str|st|avenue|ave|aven|boulevard|blvd|boul|road|rd|lane|ln|crescent|cres|parkway|"
    r"pkwy|highway|hwy|expressway|turnpike"
    r"|terrace|terr|courts?|ct|drives?|dr|streets|roads|avenues|lanes|circle|cir|mews|plaza|"
    r"alley|pike)"
)
_WORDY = (
    r"(?:way|place|pl|close|square|sq|trail|trl|row|walk|gardens?|gdns|hill|hills|loop|run|point|"
    r"view|grove|park|rise|green|vale|ridge|crossing"
    r"|bend|cove|heights|hollow|landing|path|quay|wharf|yard|meadows?|orchard|glen|estates?|"
    r"extensions?|manor|mill|fields?|brae|broadway|gate|gateway"
    r"|parade|esplanade|promenade|passage|causeway|bypass|common|crest|villas?|springs?|ford|"
    r"fort|track|pass|coves|key|spur|station|throughway"
    r"|canyon|oval|mount|mountain|forge|viaduct|junction|bridge|corner|island|lodge|neck|prairie|"
    r"shoals?|summit|tunnel|union|valley|village|cliff|club|dale|dam|divide"
    r"|flats?|forest|fork|harbor|haven|inlet|isle|knoll|lake|light|motorway|overpass|plain|port|"
    r"radial|ranch|rapid|river|rest|skyway|stravenue|stream|trace|trafficway|turnpike|well)"
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        name="number_words_street",
        entity_type=_TYPE,
        regex=rf"\d{{1,6}}(?:[a-z]|\s?[-–/]\s?\d{{1,4}}[a-z]?|"
        rf"\s?½)?,?\s{{1,2}}{_COMPASS}(?:(?:{_WORD}|\d{{1,3}}(?:st|nd|rd|"
        rf"th))\s){{1,4}}?{_PLAIN}(?:\.|\s(?:[ns][ew]?|north|south|east|west)\b)?",
        score=0.8,
        validate=is_street_line,
    ),
    Pattern(
        name="number_ordinal_street",
        entity_type=_TYPE,
        regex=rf"\d{{1,6}}[a-z]?,?\s{{1,2}}{_COMPASS}\d{{1,3}}(?:st|nd|rd|th)\s{_PLAIN}",
        score=0.8,
    ),
    Pattern(
        name="number_words_wordy_street",
        entity_type=_TYPE,
        regex=rf"\d{{1,6}}[a-z]?(?:[-/]\d{{1,4}})?,?\s{{1,2}}(?-i:[NSEW]\.?\s)?(?:{_CAP}\s)"
        rf"{{1,4}}?{_WORDY}\.?",
        score=0.8,
        validate=is_capitalised_street,
    ),
    Pattern(
        name="german_street",
        entity_type=_TYPE,
        regex=rf"{_REST}{{2,30}}(?:stra(?:ß|ss)e|str\.|strasse|stasse|gasse|allee|chaussee|platz|"
        rf"damm|ufer|brücke|weg|steig|promenade)\s{{0,2}}(?:nr\.?\s?)?{_NUMBER}",
        score=0.8,
    ),
    Pattern(
        name="german_street_apart",
        entity_type=_TYPE,
        regex=rf"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я]){_REST}{{2,30}}[\s-](?:stra(?:ß|ss)e|str\.?|weg|platz|"
        rf"allee|gasse|ring|damm|ufer|chaussee|landstraße|markt)\s{_NUMBER}",
        score=0.8,
    ),
    Pattern(
        name="german_street_with_place",
        entity_type=_TYPE,
        regex=rf"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я]){_REST}{{1,30}}(?:\s{_REST}{{2,20}})"
        rf"{{0,3}}\s{_NUMBER}\s{{0,2}}[,;\n|]\s{{0,4}}(?:(?:[a-z]{{1,2}}|fin|lux)[-–\s])?"
        r"(?:\d{4,5}|\d{3}\s\d{2}|\d{4}\s?[a-z]{2}|\d{2}-\d{3}|"
        r"\d{4}-\d{3})[\s,]{1,3}(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я])[a-z\x80-\x{10ffff}.-]{1,30}",
        score=0.85,
        validate=is_street_line,
    ),
    Pattern(
        name="germanic_street_suffix",
        entity_type=_TYPE,
        regex=rf"{_REST}{{2,30}}(?:straat|laan|plein|gracht|kade|dijk|singel|plantsoen|dreef|"
        r"steenweg|gatan|gata|gaten|gade|vägen|vegen|veien|vegur|vej|gränd|stræde"
        r"|vænget|svinget|katu|kuja|polku|gade|vollen|braut|stígur|ntie|torget|terrasse|bakken|"
        rf"parken|toften)\s{_NUMBER}",
        score=0.8,
    ),
    Pattern(
        name="number_name_number",
        entity_type=_TYPE,
        regex=rf"\d{{2,6}}\s(?:{_WORD}\s){{1,4}}?\d{{1,4}}[a-z]?\.?(?:\s?,?\s{{0,3}}(?:apt\.?|"
        r"suite|unit|ste\.?|app\.?|piso)|"
        rf"\s{{0,2}}[,\n]\s{{0,4}}(?:,\s?)"
        rf"?[a-z\x80-\x{{10ffff}}][a-z\x80-\x{{10ffff}}\s.'’-]{{2,40}}[,\n]?[\s,]{{1,6}}(?:[a-z"
        rf"\x80-\x{{10ffff}}]{{2,4}}|nan|\d{{1,2}})?[\s,]{{0,6}}"
        rf"(?:[a-z\x80-\x{{10ffff}}][a-z\x80-\x{{10ffff}}\s'’-]{{2,40}}\s)?\d{{4,6}})",
        score=0.8,
        validate=is_street_line,
    ),
    Pattern(
        name="number_name_number_place",
        entity_type=_TYPE,
        regex=rf"\d{{1,6}}\s{_CAP}(?:\s{_WORD}){{0,3}}?\s\d{{1,4}}[a-z]?\.?,\s{_CAP}",
        score=0.7,
        validate=is_undated_street,
    ),
    Pattern(
        name="numbered_line_to_postal_code",
        entity_type=_TYPE,
        regex=rf"\d{{1,6}}\s(?:{_WORD}|\d{{1,4}})(?:\s(?:{_WORD}|"
        rf"\d{{1,4}})){{0,5}}\s{{0,2}}\n[ >?]{{0,5}}[a-z\x80-\x{{10ffff}}][^\n\d]{{1,40}}\n[ "
        rf">?]{{0,5}}(?:,[^\n]{{0,4}}\n?[ >?]{{0,5}})?(?:[^\n\d]{{2,40}}\s)?\d{{4,6}}",
        score=0.7,
        validate=is_undated_street,
    ),
    Pattern(
        name="name_number_in_context",
        entity_type=_TYPE,
        regex=rf"{_CAP}(?:\s{_CAP}){{0,3}}\s\d{{1,4}}[a-z]?",
        score=0.6,
        validate=is_undated_street,
        context=(
            "his address",
            "her address",
            "my address",
            "their address",
            "located at",
            "office is at",
            "offices are at",
            "lives at",
            "lives on",
            "corner of",
            "station is on",
            "adresse ist",
            "adresse lautet",
            "wohnhaft",
            "mon adresse",
            "son adresse",
            "mi dirección",
            "su dirección",
            "il mio indirizzo",
            "suo indirizzo",
            "meu endereço",
            "minha morada",
            "mijn adres",
        ),
        context_characters=45,
    ),
    Pattern(
        name="romance_street",
        entity_type=_TYPE,
        regex=r"(?:calle|c/|avda\.?|avenida|avd\.|av\.|paseo|passeig|carrer|rúa|rua|camiño|"
        r"camino|carretera|ctra\.|travesía|travessa|glorieta|callejón|carrera|cra\.|calzada|"
        r"jirón|urbanización|alameda|praça|pça\."
        r"|estrada|rodovia|rod\.|calçada|azinhaga|rue|chemin|impasse|viale|v\.le|piazza|p\.zza|"
        r"piazzale|corso|c\.so|vicolo|contrada|lungo(?:mare|tevere|arno)|piazzetta|ul\.|ulica|"
        r"aleja|plaza|travessa|largo|strada|boulevard|avenue|odos)\s?"
        rf"(?:(?:{_WORD}|\d{{1,2}})\s){{0,5}}?{_WORD},?\s{{1,2}}(?:n\.?[º°o]?\.?\s?|num\.?\s|"
        rf"núm\.?\s|#\s?|"
        rf"nr\.?\s)?{_NUMBER}",
        score=0.8,
        validate=is_capitalised_name,
    ),
    Pattern(
        name="romance_street_lower",
        entity_type=_TYPE,
        regex=r"(?:calle|c/|avenida|avda\.|plaza|paseo|rua|rue|travessa|viale|piazza|largo|vicolo|corso|praça|chemin|"
        rf"impasse|via)\s(?:{_WORD}\s){{0,4}}?{_WORD}(?:,\s?(?:n\.?[º°o]?\.?\s?)?|\s(?:n\.?[º°o]\.?|"
        rf"num\.?|núm\.?)\s?){_NUMBER}|(?:calle|c/|avenida|avda\.?|plaza|paseo|rua|rue|"
        rf"travessa|viale|piazza|corso|vicolo|largo|praça|via)\s(?:{_WORD}\s){{0,4}}?{_WORD}"
        rf"\s{{1,2}}\d{{1,5}}(?:/?[a-z])?(?:,\s|\s\s)(?:\d{{1,2}}[ºª]\s?\w{{0,3}},\s)?(?:\d{{4,5}}(?:-\d{{3}})?\s)?[a-zà-ÿ]{{3,}}",
        score=0.75,
        validate=is_romance_line,
    ),
    Pattern(
        name="colombian_street",
        entity_type=_TYPE,
        regex=r"(?:carrera|cra|calle|cll?|kr|transversal|diagonal|avenida|"
        r"av)\.?\s\d{1,3}\s?[a-z]?\s?(?:#|n[o°º]\.?)\s?\d{1,3}[a-z]?\s?-\s?\d{1,3}",
        score=0.85,
    ),
    Pattern(
        name="italian_via",
        entity_type=_TYPE,
        regex=rf"(?:(?-i:Via|VIA|V\.)|(?:in|alla|presso)\svia)\s(?:(?:{_LINK}|{_CAP}|"
        rf"[a-z]{{1,5}}['’][a-z\x80-\x{{10ffff}}]{{2,20}})\s){{0,4}}?{_CAP},?\s{{1,2}}(?:n[º°.]?\.?\s?)"
        rf"?{_NUMBER}",
        score=0.8,
        validate=is_capitalised_name,
    ),
    Pattern(
        name="number_romance_street",
        entity_type=_TYPE,
        regex=rf"\d{{1,6}}(?:\s?(?:bis|ter|quater|[a-d]))?,?\s{{1,2}}(?:rue|avenue|av\.|"
        r"boulevard|bd|bld|allées?|chemin|impasse|quai|route|cours|place|passage|faubourg|voie|"
        r"ruelle|sentier|esplanade|lotissement|square|via|viale|piazza|vicolo"
        r"|corso|strada|calle|avenida|rua|rúa|travessa|camiño|paseo|carrer|praça|ul\.|trg|"
        r"pobrežie|aleja|estrada)\s(?:(?:de|du|des|d|la|le|les|l|del|della|dei|di|da|do|dos|"
        rf"las|los)['’\s]\s?){{0,3}}{_WORD}",
        score=0.8,
        validate=is_named_street,
    ),
    Pattern(
        name="plot_and_code",
        entity_type=_TYPE,
        regex=r"(?:plot|house|h\.?\s?no\.?|flat|block|"
        r"door)\s(?:no\.?\s?)?[\w/-]{1,8},\s[^\n]{3,80}[\s-]\d{6}",
        score=0.75,
    ),
    Pattern(
        name="eastern_street",
        entity_type=_TYPE,
        regex=rf"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я]){_REST}{{2,24}}\s(?:utca|u\.|út|útja|tér|körút|kapu|köz|"
        r"rakpart|ulice|náměstí|třída|ulica|cesta|sokak|caddesi|tänav|iela|"
        rf"gatvė)\s\d{{1,4}}[a-z]?",
        score=0.8,
    ),
    Pattern(
        name="po_box",
        entity_type=_TYPE,
        regex=r"\bp\.?\s?o\.?\s?box\s{0,2}(?:no\.?|#)?\s?\d{1,7}|(?:post(?:al)? ?box|locked bag|"
        r"private bag|gpo box)\s\d{1,7}|postfach\s(?:\d{2,3}\s?){1,4}"
        r"|(?-i:\bB\.?P\.?)\s\d{1,5}[\s,-]{1,3}\d{5}|bo[iî]te postale\s\d{1,5}|(?:apartado|"
        r"apdo\.?)(?: de correos| postal)?\s(?:n[º°o]\.?\s)?\d{1,6}|casella postale\s\d{1,6}|"
        r"c\.\s?p\.\s\d{1,5},?\s\d{5}"
        r"|caixa postal\s\d{1,6}|postbus\s\d{1,6}|antwoordnummer\s\d{2,6}|postboks\s\d{1,6}|"
        r"\b(?:psc|unit|cmr)\s{1,2}\d{1,5},?\s{1,2}box\s{1,2}\d{1,5}|\b[afd]po,?\s{1,2}(?:aa|ae|ap),?\s{1,2}\d{5}",
        score=0.85,
    ),
    Pattern(
        name="unit",
        entity_type=_TYPE,
        regex=r"(?:\bapt\.?|apartment|appartement|appt\.|app\.|apto\.?|wohnung|"
        r"whg\.?)\s?(?:no\.?\s?|nr\.?\s?|#\s?)?\d{1,5}[a-z]?|(?:suite|ste\.)\s#?\d{3,5}[a-z]?|"
        r"\bflat\s\d{1,4}[a-z]?,\s",
        score=0.7,
    ),
    Pattern(
        name="corner_of",
        entity_type=_TYPE,
        regex=r"corner of (?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я\d])[^\n,.?!]{2,60}?\s(?:and|&|at)\s"
        r"(?-i:[A-ZÀ-ÞĀ-ſΑ-ΩА-Я\d])[^\n,.?!]{2,40}",
        score=0.6,
    ),
)
