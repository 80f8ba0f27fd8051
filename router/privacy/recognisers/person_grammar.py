"""Who a sentence is about and how it says so, by language; parts of regular expressions for RE2.

A topic becomes personal data by its subject: "diabetes" is none, "my patient has diabetes" is.
"""

from __future__ import annotations

from dataclasses import dataclass

CAPITAL = "[A-ZÀ-ÞĀ-ſΑ-ΩА-Я]"
WORD = r"[^\s.,;:!?()\"“”=<>{}\[\]|]"
GAP_WORD = r"[^\s.?!;:=(){}\[\]<>]+,?\s"
"""No letter class: RE2 writes \\pL out as a thousand instructions for every repetition."""

FULL_NAME = (
    r"(?-i:(?:(?:Dr|Mrs?|Ms|Miss|Herr|Frau|Fr|Hr|Mme|M|Monsieur|Madame|Sra?|Señora?|Don|Doña|"
    r"Sig(?:\.ra)?|Signora?|Dott|Dona|Dhr|Mevr|Mevrouw|Meneer)\.?\s)?"
    rf"{CAPITAL}[^\s\d.,;:!?()\"=<>{{}}\[\]|/_]+(?:\s{CAPITAL}\.)?(?:\s(?:van|von|de|da|di|del|"
    rf"dos|der|den|la|le|el|bin|al)){{0,2}}\s{CAPITAL}[^\s\d.,;:!?()\"=<>{{}}\[\]|/_]+)"
)
TITLED = (
    r"(?-i:(?:Dr|Mrs?|Ms|Miss|Herrn?|Frau|Fr|Hr|Mme|Mlle|Monsieur|Madame|Sra?|Señora?|señora?|"
    r"Don|Doña|Sig(?:\.ra)?|Signora?|signora?|Dona|Dhr|Mevr|Mevrouw|mevrouw|Meneer|"
    rf"meneer)\.?\s{CAPITAL}[^\s\d.,;:!?()]+)"
)
_TITLED_IN_LOWER_CASE = (
    r"(?:herrn?|frau|monsieur|madame|mme|mlle|señor(?:a|ita)?|sra|don|doña|signor(?:a|ina)?|"
    r"dona|mevrouw|mevr|meneer|dhr|mr|mrs|ms)\.?\s(?:(?:van|von|de|da|di|del|der|den|la|"
    rf"le|el)\s){{0,2}}{WORD}{{3,24}}"
)
FIRST_NAME = rf"(?-i:{CAPITAL}[a-zà-ÿ'’-]+)"
_OF_A_PLACE = (
    rf"(?:\s(?:from|in|at|aus|vom|von|de|du|del|della|dal|da|do|van|uit)\s{WORD}+(?:\s{WORD}+)?)?"
)
"""Tom from accounts, la Marta del almacén."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """`pronouns` and `people` stand for somebody in particular; `had` goes before a condition,
    `being` before a state or a belief; `mine` is a possessive before a noun."""

    pronouns: str
    people: str
    had: str
    being: str
    mine: str
    myself: str = ""
    """Verbs in the first person where the pronoun is left out, or one word with it."""


_EN_PEOPLE = (
    r"patient|client|son|daughter|child|kid|baby|wife|husband|spouse|partner|ex|girlfriend|"
    r"boyfriend|fianc[eé]e?|mother|mom|mum|father|dad|parents?|brother|sister|sibling|twin|uncle|"
    r"aunt|cousin|nephew"
    r"|niece|grandmother|grandma|grandfather|grandpa|grandson|granddaughter|friend|roommate|"
    r"flatmate|neighbou?r|boss|manager|colleague|coworker|co-worker|employee|assistant|"
    r"supervisor|subordinate|report"
    r"|applicant|candidate|tenant|student|pupil|teacher|tutor|landlord|defendant|plaintiff|"
    r"claimant|complainant|suspect|victim|witness|donor|customer|member|resident|inmate|prisoner|"
    r"detainee|officer|nurse|doctor"
    r"|stepson|stepdaughter|mother-in-law|father-in-law|sister-in-law|brother-in-law|guy|girl|"
    r"woman|man|lady|boy|insured|policyholder|data subject|subject|guest|passenger|worker|"
    r"volunteer|trainee|intern|accountant|bookkeeper|cashier|driver|"
    r"cleaner|caretaker|carer|cook|chef|waiter|waitress|receptionist|secretary|technician|"
    r"electrician|plumber|mechanic|warehouseman|foreman|engineer|developer|designer|analyst|"
    r"lawyer|paralegal|salesman|saleswoman|controller|buyer|clerk|guard|pilot|coach|player|"
    r"athlete|striker|goalkeeper|teammate|lodger|recruit|hire|apprentice|director|"
    r"deputy|consultant|contractor|freelancer|temp|nanny|babysitter|maid|housekeeper|gardener|"
    r"pensioner|borrower|debtor|beneficiary|grandparent|stepfather|stepmother|godson|"
    r"half-brother|half-sister|widow|widower|bride|groom|pastor"
)
_DE_PEOPLE = (
    r"patient(?:in)?|patienten|klient(?:in)?|mandant(?:in)?|sohn|tochter|kind|baby|frau|mann|"
    r"ehefrau|ehemann|partner(?:in)?|freund(?:in)?|ex|mutter|mama|vater|papa|eltern|bruder|"
    r"schwester|onkel|tante|cousine?|neffe|nichte"
    r"|oma|opa|großmutter|großvater|enkel(?:in)?|nachbar(?:in)?|chef(?:in)?|kolleg(?:e|in)|"
    r"mitarbeiter(?:in)?|angestellter?|bewerber(?:in)?|kandidat(?:in)?|mieter(?:in)?|"
    r"schüler(?:in)?|student(?:in)?|lehrer(?:in)?|arzt|ärztin"
    r"|beschuldigter?|angeklagter?|kläger(?:in)?|antragsteller(?:in)?|versicherter?|kunde|kundin|"
    r"bewohner(?:in)?|häftling|mitbewohner(?:in)?|azubi|praktikant(?:in)?|schwiegermutter|"
    r"schwiegervater|arbeitnehmer(?:in)?|verlobter?|versicherte|verlobte|angestellte|auszubildender?|"
    r"buchhalter(?:in)?|fahrer(?:in)?|sekretär(?:in)?|techniker(?:in)?|ingenieur(?:in)?|"
    r"entwickler(?:in)?|verkäufer(?:in)?|kassierer(?:in)?|köchin|koch|kellner(?:in)?|"
    r"hausmeister(?:in)?|lagerist(?:in)?|meister(?:in)?|pfleger(?:in)?|krankenschwester|"
    r"erzieher(?:in)?|anwalt|anwältin|berater(?:in)?|leiter(?:in)?|direktor(?:in)?|"
    r"assistent(?:in)?|sachbearbeiter(?:in)?|vorgesetzter?|vermieter(?:in)?|gast|zeugin|zeuge|"
    r"opfer|schwager|schwägerin|stiefsohn|stieftochter|witwer?|rentner(?:in)?|trainer(?:in)?|"
    r"spieler(?:in)?|werkstudent(?:in)?|trainee|antragstellerin|leistungsempfänger(?:in)?"
)
_FR_PEOPLE = (
    r"patiente?|cliente?|fils|fille|enfant|bébé|femme|mari|époux|épouse|conjointe?|compagne|"
    r"compagnon|copine?|ex|mère|maman|père|papa|parents|frère|sœur|soeur|oncle|tante|cousine?|"
    r"neveu|nièce|grand-mère|grand-père|petit-fils|amie?"
    r"|voisine?|cheffe?|patronn?e?|manager|collègue|employée?|salariée?|candidate?|locataire|"
    r"élève|étudiante?|professeure?|médecin|prévenue?|accusée?|plaignante?|assurée?|résidente?|"
    r"détenue?|colocataire|stagiaire|apprentie?|belle-mère|beau-père|demandeur|demandeuse|agent|"
    r"comptable|secrétaire|chauffeur|conducteur|conductrice|technicien(?:ne)?|ingénieure?|"
    r"développeu(?:r|se)|vendeu(?:r|se)|caissi(?:er|ère)|cuisini(?:er|ère)|serveu(?:r|se)|"
    r"gardien(?:ne)?|magasini(?:er|ère)|ouvri(?:er|ère)|infirmi(?:er|ère)|avocate?|"
    r"institut(?:eur|rice)|enseignante?|direct(?:eur|rice)|responsable|assistante?|adjointe?|"
    r"consultante?|intérimaire|commerciale?|nourrice|bailleur|propriétaire|usag(?:er|ère)|"
    r"malade|défunte?|victime|suspecte?|témoin|beau-frère|belle-sœur|fiancée?|alternante?|"
    r"joueu(?:r|se)|retraitée?|pensionnaire|allocataire|requérante?|bénéficiaire|adhérente?|"
    r"postulante?|recrue|mamie|papi|tata|tonton"
)
_ES_PEOPLE = (
    r"paciente|cliente|clienta|hij[oa]|niñ[oa]|bebé|esposa|esposo|mujer|marido|pareja|novi[oa]|"
    r"ex|madre|mamá|padre|papá|padres|herman[oa]|tí[oa]|prim[oa]|sobrin[oa]|abuel[oa]|niet[oa]|"
    r"amig[oa]|vecin[oa]|jef[ea]|compañer[oa]|colega"
    r"|emplead[oa]|trabajador[a]?|candidat[oa]|solicitante|inquilin[oa]|alumn[oa]|estudiante|"
    r"profesora?|médic[oa]|acusad[oa]|demandante|asegurad[oa]|residente|intern[oa]|becari[oa]|"
    r"suegr[oa]|cuñad[oa]|gerente|"
    r"contable|contador[a]?|secretari[oa]|chófer|chofer|conductora?|técnic[oa]|ingenier[oa]|"
    r"desarrolladora?|vendedora?|cajer[oa]|cociner[oa]|camarer[oa]|conserje|operari[oa]|"
    r"obrer[oa]|enfermer[oa]|abogad[oa]|maestr[oa]|directora?|encargad[oa]|ayudante|asistente|"
    r"administrativ[oa]|consultora?|comercial|niñera|caser[oa]|usuari[oa]|enferm[oa]|víctima|"
    r"testigo|sospechos[oa]|detenid[oa]|yerno|nuera|aprendiz|practicante|jugadora?|jubilad[oa]|"
    r"huésped|prometid[oa]|viud[oa]|beneficiari[oa]|titular|interesad[oa]|aspirante|señora?|"
    r"chic[oa]|hombre|postulante|opositora?|arrendatari[oa]"
)
_IT_PEOPLE = (
    r"paziente|cliente|figli[oa]|bambin[oa]|moglie|marito|compagn[oa]|fidanzat[oa]|ex|madre|"
    r"mamma|padre|papà|genitori|fratello|sorella|zi[oa]|cugin[oa]|nipote|nonn[oa]|amic[oa]|"
    r"vicin[oa]|cap[oa]|collega|dipendente|impiegat[oa]|candidat[oa]"
    r"|inquilin[oa]|alunn[oa]|studente|studentessa|professore|professoressa|medico|imputat[oa]|"
    r"assicurat[oa]|ospite|detenut[oa]|stagista|suocer[oa]|cognat[oa]|lavorator[e]?|lavoratrice|"
    r"richiedente|coinquilin[oa]|"
    r"contabile|ragionier[ea]|segretari[oa]|autista|tecnic[oa]|ingegnere|sviluppat(?:ore|rice)|"
    r"vendit(?:ore|rice)|commess[oa]|cassier[ea]|cuoc[oa]|camerier[ea]|custode|magazzinier[ea]|"
    r"operai[oa]|infermier[ea]|avvocat[oa]|maestr[oa]|insegnante|dirett(?:ore|rice)|"
    r"responsabile|assistente|consulente|commerciale|tata|badante|utente|malat[oa]|vittima|"
    r"testimone|sospettat[oa]|indagat[oa]|genero|nuora|apprendista|tirocinante|giocat(?:ore|"
    r"rice)|pensionat[oa]|vedov[oa]|beneficiari[oa]|interessat[oa]|aspirante|signora?|ragazz[oa]|"
    r"uomo|donna|socio|socia|conduttore|affittuari[oa]|proprietari[oa]|ricorrente"
)
_PT_PEOPLE = (
    r"paciente|cliente|filh[oa]|criança|bebê|bebé|esposa|esposo|mulher|marido|companheir[oa]|"
    r"parceir[oa]|namorad[oa]|ex|mãe|pai|pais|irmão|irmã|ti[oa]|prim[oa]|sobrinh[oa]|avó|avô|"
    r"net[oa]|amig[oa]|vizinh[oa]|chefe|patrão|patroa|colega"
    r"|funcionári[oa]|empregad[oa]|trabalhador[a]?|candidat[oa]|requerente|inquilin[oa]|alun[oa]|"
    r"estudante|professora?|médic[oa]|arguid[oa]|réu|segurad[oa]|residente|detent[oa]|"
    r"estagiári[oa]|sogr[oa]|cunhad[oa]|gerente|colaborador[a]?|"
    r"contabilista|contador[a]?|secretári[oa]|motorista|condutora?|técnic[oa]|engenheir[oa]|"
    r"programadora?|desenvolvedora?|vendedora?|caixa|cozinheir[oa]|empregad[oa]|porteir[oa]|"
    r"operári[oa]|enfermeir[oa]|advogad[oa]|professora?|diretora?|responsável|assistente|"
    r"auxiliar|consultora?|comercial|babá|ama|senhori[oa]|utente|doente|vítima|testemunha|"
    r"suspeit[oa]|genro|nora|aprendiz|jogadora?|reformad[oa]|aposentad[oa]|viúv[oa]|"
    r"beneficiári[oa]|titular|interessad[oa]|senhora?|rapaz|rapariga|moç[oa]|homem|noiv[oa]|"
    r"hóspede|sóci[oa]|formand[oa]|servidora?|bolsista|trainee|tutelad[oa]"
)
_NL_PEOPLE = (
    r"patiënte?|patient|cliënte?|client|zoon|dochter|kind|baby|vrouw|man|echtgenoot|echtgenote|"
    r"partner|vriend(?:in)?|ex|moeder|mama|vader|papa|ouders|broer|zus|oom|tante|neef|nicht|oma|"
    r"opa|kleinzoon|kleindochter|buurman|buurvrouw|baas"
    r"|leidinggevende|collega|medewerk(?:er|ster)|werkne(?:mer|emster)|sollicitante?|kandidaat|"
    r"kandidate|huurder|leerling|student(?:e)?|docent|arts|verdachte|verzekerde|bewoner|"
    r"bewoonster|gedetineerde|stagiaire?|schoonmoeder|schoonvader|aanvrager|huisgenoot|klant|"
    r"boekhoud(?:er|ster)|secretaresse|secretaris|chauffeur|monteur|technicus|ingenieur|"
    r"ontwikkelaar|verko(?:per|opster)|kassière|caissière|kok|ober|serveerster|conciërge|"
    r"magazijnmedewerker|arbeider|verpleegkundige|advocaat|advocate|leraar|lerares|juf|"
    r"directeur|directrice|manager|assistente?|adviseur|consultant|uitzendkracht|oppas|"
    r"verhuurder|slachtoffer|getuige|zwager|schoonzus|schoonzoon|schoondochter|stiefzoon|"
    r"stiefdochter|leerling|speler|speelster|trainer|gepensioneerde|weduwe|weduwnaar|gast|"
    r"betrokkene|cursist|kind|meneer|mevrouw|jongen|meisje|hulp|coach|verzorg(?:er|ster)|"
    r"verloofde|uitkeringsgerechtigde|pati[eë]nte?|zieke|teamleider|afdelingshoofd"
)

PEOPLE = "|".join(
    (_EN_PEOPLE, _DE_PEOPLE, _FR_PEOPLE, _ES_PEOPLE, _IT_PEOPLE, _PT_PEOPLE, _NL_PEOPLE)
)
"""Who somebody is to somebody: relatives, patients, staff."""

GRAMMARS = {
    "en": Grammar(
        pronouns=r"i|he|she|im|ive|hes|shes",
        people=r"(?:my|his|her|our|their|your|the|this|"
        rf"that)\s(?:{WORD}+\s){{0,2}}?(?:{_EN_PEOPLE})(?:\s{CAPITAL}{WORD}+){{0,2}}|patient|"
        r"pt\.?|client|employee",
        had=r"ha(?:s|ve|d|ving)|got|suffer(?:s|ed|ing)?(?:\sfrom)?|diagnosed|diagnosis|"
        r"treat(?:ed|ment)\sfor|test(?:s|ed)\spositive\sfor|living\swith|lives\swith|battl(?:es|"
        r"ed|ing)|struggl(?:es|ed|ing)\swith|deal(?:s|ing)\swith"
        r"|recover(?:s|ed|ing)\sfrom|history\sof|survived|complain(?:s|ed|ing)?\sof|complaining|"
        r"present(?:s|ed|ing)?\swith|reports?|reported|due\sto|because\sof|died\s(?:of|from)|"
        r"tak(?:es|ing)|on\smedication\sfor|contracted|developed"
        r"|relapsed|admitted|hospitali[sz]ed|with|allergic\sto|undergo(?:es|ing|ne)|underwent|"
        r"attempted|needs?|receiv(?:es|ed|ing)|prescribed|infected\swith|awaiting|missed\swork|"
        r"experienc(?:es|ed|ing)|for|put\son|caught|takes|needing|fights?|fighting|"
        r"beat|cop(?:es|ing)\swith|afflicted\swith|prone\sto",
        being=r"(?:is|was|am|are|became|becomes|remains|feels?|identif(?:y|ies|ied)\sas|"
        r"came\sout\sas|comes\sout\sas|coming\sout\sas|been|be|turned|converted\sto|got|being|"
        r"declared|came\sback|tested)",
        mine=r"my|his|her|our|(?:the\s)?(?:patient|client|employee|applicant|candidate)['’]s|"
        r"my\s(?:\w+\s)?(?:wife|husband|son|daughter|mother|mom|mum|father|dad|brother|sister|"
        r"partner|friend|boss|colleague|child|baby)['’]s",
    ),
    "de": Grammar(
        pronouns=r"ich|er|sie",
        people=r"(?:mein|dein|sein|ihr|unser|euer|ein)(?:e|en|em|er|"
        rf"es)?\s(?:{WORD}+\s){{0,2}}?(?:{_DE_PEOPLE})|(?:der|die|das|dem|den|dieser|diese|beim|"
        rf"vom|zum)\s(?:{WORD}+\s){{0,1}}?(?:{_DE_PEOPLE})|pat\.|patient(?:in)?|klient(?:in)?|"
        r"mitarbeiter(?:in)?",
        had=r"ha(?:t|be|tte|ben)|leid(?:et|e|en|end)|litt|erkrankt|diagnostiziert|diagnose|wegen|"
        r"aufgrund|infolge|nach|unter|an|mit|bekam|bekommt|erlitt|gestorben|verstorben|"
        r"behandelt|nimmt|nehme|braucht|positiv\sauf|infiziert|kämpft|befindet|macht|hatte|lebt\smit|bekommen|erhielt|plagt|ringt\smit|ist|"
        r"wurde|bin|war",
        being=r"(?:ist|bin|war|sei|wurde|wird|sind|fühlt\ssich|gilt\sals|outete\ssich|"
        r"bekennt\ssich|bezeichnet\ssich)",
        mine=r"mein(?:e[rmns]?)?|sein(?:e[rmns]?)?|ihr(?:e[rmns]?)?|unser(?:e[rmns]?)?",
    ),
    "fr": Grammar(
        pronouns=r"je|il|elle",
        people=r"(?:mon|ma|mes|ton|ta|son|sa|notre|votre|leur|le|la|l['’]|ce|cette|"
        rf"une?)\s?(?:{WORD}+\s){{0,2}}?(?:{_FR_PEOPLE})|patiente?|pte?\.",
        had=r"a|ai|as|avait|avais|ayant|souffre|souffrait|souffrant|souffert|atteinte?|"
        r"diagnostiquée?s?|diagnostic|soignée?\spour|traitée?\spour|suivie?\spour|hospitalisée?|"
        r"décédée?\sd|victime|fait\sune?|prends|prend|sous|suite\sà|à\scause|en\sraison|pour|"
        r"avec|porteu(?:r|se)|subi|présente|infectée?|vit\savec|opérée?",
        being=r"(?:est|suis|était|étais|es|sont|soit|serait|se\s(?:dit|déclare|sent|"
        r"définit\scomme)|a\sété|devenue?|fut)",
        mine=r"mon|ma|mes|son|sa|ses|notre",
        myself=r"j['’](?:ai|avais|ai\seu)|on\s(?:m['’]|lui\s)a\s(?:diagnostiqué|trouvé|découvert|"
        r"détecté)|souffre\sd[e']",
    ),
    "es": Grammar(
        pronouns=r"yo|él|ella|me\shan|le\shan",
        people=r"(?:mi|mis|tu|su|sus|nuestr[oa]|el|la|este|esta|un|"
        rf"una)\s(?:{WORD}+\s){{0,2}}?(?:{_ES_PEOPLE})|paciente",
        had=r"tiene|tengo|tenía|tuve|tuvo|tener|convive|arrastra|sigue|lleva|sufr(?:e|o|ió|ía|iendo)|padec(?:e|ió|ía)|padezco|"
        r"diagnosticad[oa]|diagnosticaron|diagnosticó|diagnóstico|tratad[oa]\s(?:de|por)|"
        r"en\stratamiento|hospitalizad[oa]|ingresad[oa]|murió|falleció|operad[oa]|debido|por|"
        r"con|toma|tomo|contrajo|dio\spositivo|di\spositivo|han\sdetectado|detectaron|vive|"
        r"a\scausa|presenta|enfermó|está|refiere|infectad[oa]|portador[a]?|lucha|recuperándose|"
        r"contra",
        being=r"(?:es|soy|está|estoy|era|estaba|fue|sea|se\s(?:identifica|declara|considera|"
        r"define)\scomo|se\ssiente|resultó|dio|sigue)",
        mine=r"mi|mis|su|sus|nuestra?",
        myself=r"tengo|sufro(?:\sde)?|padezco|tuve|estoy\sen\stratamiento|(?:me|"
        r"le)\s(?:diagnosticaron|han\sdiagnosticado|detectaron|operaron)|padece|"
        r"fue\sdiagnosticad[oa]|fui\sdiagnosticad[oa]|tomo",
    ),
    "it": Grammar(
        pronouns=r"io|lui|lei|mi\shanno|gli\shanno|le\shanno",
        people=r"(?:(?:il|la|i|le|lo|l['’]|un|una|un['’])\s?)?(?:(?:mi[oa]|tu[oa]|su[oa]|"
        rf"nostr[oa]|miei|suoi)\s)?(?:{WORD}+\s){{0,1}}?(?:{_IT_PEOPLE})",
        had=r"ha|ho|aveva|avevo|avuto|convive|vive|segue|soffr(?:e|o|iva|endo)|diagnosticato|diagnosticata|diagnosi|"
        r"affett[oa]|malat[oa]|curat[oa]|in\scura|ricoverat[oa]|mort[oa]|operat[oa]|per|causa|"
        r"a\scausa|con|prende|prendo|contratto|risultat[oa]|presenta|assume|subito|lotta|"
        r"infett[oa]|portat(?:ore|rice)",
        being=r"(?:è|sono|era|ero|sia|fu|si\s(?:dichiara|definisce|considera|sente|"
        r"identifica\scome)|risulta(?:t[oa])?|stat[oa]|rimast[oa]|diventat[oa]|sta)",
        mine=r"mi[oa]|mie[i]?|su[oa]|suoi|sue|nostr[oa]",
        myself=r"ho|soffro(?:\sdi)?|soffre\sdi|ho\savuto|(?:mi|gli|le)\shanno\s(?:diagnosticato|"
        r"trovato)|prendo|è\saffett[oa]",
    ),
    "pt": Grammar(
        pronouns=r"eu|ele|ela",
        people=r"(?:(?:o|a|os|as|um|uma|este|esta|do|da|no|na)\s)?(?:(?:meu|minha|teu|tua|seu|"
        rf"sua|nosso|nossa)\s)?(?:{WORD}+\s){{0,1}}?(?:{_PT_PEOPLE})",
        had=r"tem|tenho|tinha|teve|anda|faz|segue|tive|ter|sofr(?:e|o|eu|ia)|diagnosticad[oa]|diagnóstico|"
        r"diagnosticaram|tratad[oa]|em\stratamento|internad[oa]|hospitalizad[oa]|morreu|faleceu|"
        r"operad[oa]|devido|por|com|toma|tomo|contraiu|testou\spositivo|convive|vive|causa|"
        r"apresenta|está|portador[a]?|luta|recuperando|contra|infectad[oa]",
        being=r"(?:é|sou|está|estou|era|estava|foi|fui|seja|se\s(?:identifica|declara|considera|"
        r"define|assume)(?:\scomo)?|sente-se|ficou|ser|testou|continua|fica)",
        mine=r"meus?|minhas?|seus?|suas?|nossa",
        myself=r"tenho|sofro(?:\s(?:de|com))?|tive|fui\sdiagnosticad[oa]|foi\sdiagnosticad[oa]|"
        r"sofre\sde|tomo|faço",
    ),
    "nl": Grammar(
        pronouns=r"ik|hij|zij|ze",
        people=r"(?:mijn|m['’]n|jouw|zijn|haar|ons|onze|hun|de|het|deze|dit|"
        rf"een)\s(?:{WORD}+\s){{0,2}}?(?:{_NL_PEOPLE})|patiënte?|pt\.?|cliënte?",
        had=r"heeft|heb|had|gehad|lijdt|lijd|leed|gediagnosticeerd|diagnose|vanwege|wegens|door|"
        r"aan|met|behandeld|opgenomen|overleden|gestorven|slikt|gebruikt|krijgt|kreeg|"
        r"positief\s(?:getest\s)?op|is|ben|was|onder|voor|besmet|herstelt|ondergaat|onderging|"
        r"kampt|worstelt|na|werd|zit|leeft\smet|loopt|doorgemaakt|volgt",
        being=r"(?:is|ben|was|werd|wordt|zou|voelt\szich|noemt\szich|identificeert\szich\sals|"
        r"raakte|zijn|bent)",
        mine=r"mijn|m['’]n|zijn|haar|onze?",
    ),
}


MYSELF_IS = {
    "en": r"i['’]?m|s?he['’]?s",
    "es": r"soy|estoy|me\sconsidero|me\sidentifico\scomo",
    "it": r"sono|mi\sconsidero|mi\sidentifico\scome",
    "pt": r"sou|estou|me\sconsidero|me\sidentifico\scomo",
}
"""First person without a pronoun, before a state or a belief."""

_DROPPED_IS = (
    r"(?-i:Está|Estaba|Estuvo|Es|Era|Sigue|Fue|È|Sta|É|Estava|Esteve|Foi|Continua|Ficou|Anda)"
)
_DROPPED_HAS = (
    r"(?-i:Tiene|Tenía|Tuvo|Padece(?:\sde)?|Sufre(?:\sde)?|Sufrió|Ha|Aveva|Soffre(?:\sdi)?|"
    r"Convive\sco[nm]|Vive\sco[nm]|Tem|Tinha|Teve|Sofre(?:\s(?:de|com))?|Sofreu)"
)
DROPPED = {"es", "it", "pt"}
"""Where a sentence may begin with its verb: "Está en diálisis", "Soffre di lupus"."""


def dropped(states: str, conditions: str) -> str:
    """A sentence without its subject; the capital says that it begins there."""
    return (
        rf"(?:{_DROPPED_IS}\s(?:{GAP_WORD})??(?:{states})|{_DROPPED_HAS}\s(?:(?:una?|uno|um|uma|"
        rf"il|l['’]|dolor|infezione|leve|grave|grande)\s?)??(?:{conditions}))"
    )


APPOSITION = (
    r"(?:\s(?:de|di|von|of|aged|van)?\s?\(?\d{1,3}\s?(?:ans|años|anni|anos|jaar|jahren?|years?)?"
    r"(?:\s(?:old|alt|oud))?\)?)?,\s"
)
"""Between somebody, with an age or without: "my patient of 54, diabetic,"."""


def words(text: str) -> str:
    """An alternation of the comma-separated `text`, longest first; `*` is the rest of a word."""
    entries = {entry.strip() for entry in text.replace("\n", " ").split(",")}
    entries |= {plain for entry in entries if (plain := without_accents(entry)) != entry}
    ordered = sorted((e for e in entries if e), key=lambda e: (-len(e), e))
    return "|".join(e.replace("*", rf"{WORD}*").replace(" ", r"\s") for e in ordered)


def without_accents(text: str) -> str:
    """People leave accents out; German ones are written out."""
    table = str.maketrans("áàâãåéèêëíìîïóòôõúùûçñ", "aaaaaeeeeiiiioooouuucn", "") | {
        ord("ä"): "ae",
        ord("ö"): "oe",
        ord("ü"): "ue",
        ord("ß"): "ss",
        ord("œ"): "oe",
    }
    return text.translate(table)


def subject(grammar: Grammar, gap: int) -> str:
    """Somebody in particular and up to `gap` words; at most one after a first name alone."""
    known = f"{FULL_NAME}|{TITLED}|{_TITLED_IN_LOWER_CASE}|{grammar.people}|{grammar.pronouns}"
    between = rf"(?:['’](?:s|ve|m|d|re))?,?\s(?:{GAP_WORD}){{0,{gap}}}?"
    return rf"(?:(?:{known}){between}|{FIRST_NAME}{_OF_A_PLACE}\s(?:{GAP_WORD})??)"


VERB_LAST = {
    "de": r"(?:ist|sei|war|wurde|wird|bin|hat|habe)",
    "nl": r"(?:is|was|werd|ben|heeft|heb|bent)",
}


def verb_last(code: str, grammar: Grammar, states: str) -> str:
    """A subordinate clause of German or Dutch, where the verb comes last."""
    who = f"(?:{FULL_NAME}|{TITLED}|{grammar.people}|{grammar.pronouns})"
    return rf"{who}\s(?:{GAP_WORD}){{0,3}}?(?:{states})\s{VERB_LAST[code]}"
