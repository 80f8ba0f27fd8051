"""What is said about somebody is found in seven languages; the same topic in general is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.privacy.recognisers import special
from router.privacy.recognisers.gated import GatedMatcher
from router.privacy.recognisers.match import PatternMatcher
from router.privacy.recognisers.pattern import Match


class _Special:
    """As it is wired: notes and fields everywhere, sentences around their words."""

    def __init__(self) -> None:
        self._free = PatternMatcher(special.FREE)
        self._sentences = GatedMatcher(special.TRIGGER, special.SENTENCES)

    def find(self, text: str) -> list[Match]:
        return [*self._free.find(text), *self._sentences.find(text)]


MATCHER = _Special()

FOUND = [
    "my patient has stage 3 breast cancer",
    "she is HIV positive",
    "he was diagnosed with schizophrenia",
    "I suffer from depression",
    "I've been diagnosed with type 2 diabetes",
    "my son has autism",
    "my wife is pregnant and works at",
    "John Smith was hospitalised for a heart attack",
    "her anxiety got worse after the divorce",
    "my depression medication stopped working",
    "The employee is on sick leave due to burnout",
    "Maria has epilepsy",
    "the patient tested positive for chlamydia",
    "Mr. Jones suffers from Parkinson's",
    "she had an abortion in March",
    "he's a recovering alcoholic",
    "Anna Meier ist schwanger",
    "Ich leide an Depressionen",
    "Mein Sohn hat Asthma",
    "Der Patient wurde mit Brustkrebs diagnostiziert",
    "Frau Schulz ist wegen Burnout krankgeschrieben",
    "meine Diabetes-Erkrankung",
    "Er ist HIV-positiv",
    "Die Patientin klagt über Brustschmerzen und hat Diabetes",
    "je souffre de dépression",
    "ma femme est enceinte",
    "le patient a un cancer du poumon",
    "Mme Durand est en arrêt maladie pour dépression",
    "il est séropositif",
    "mon fils est autiste",
    "on m'a diagnostiqué un diabète",
    "tengo depresión y tomo pastillas",
    "mi madre padece alzhéimer",
    "la paciente está embarazada",
    "le han diagnosticado cáncer de mama",
    "Juan Pérez es seropositivo",
    "mi hijo tiene autismo",
    "soffro di depressione",
    "mia moglie è incinta",
    "il paziente ha un tumore al polmone",
    "mi hanno diagnosticato il diabete",
    "Lucia Ferrari è sieropositiva",
    "sofro de ansiedade",
    "minha mãe tem Alzheimer",
    "a paciente está grávida",
    "o funcionário está de licença por depressão",
    "ele é soropositivo",
    "ik heb diabetes",
    "mijn dochter heeft epilepsie",
    "de patiënt is opgenomen met een psychose",
    "zij is zwanger",
    "hij is hiv-positief",
    "mijn man lijdt aan een depressie",
    "Dx: T2DM, HTN",
    "Pt c/o chest pain radiating to left arm",
    "PMH: COPD, afib",
    "The patient takes metformin 500 mg BID",
    "45yo male presents with dyspnea",
    "Diagnosis for Mrs Keller: F32.1 (ICD-10 F32.1)",
    "Patient: R. Hahn\nDiagnose: Morbus Crohn",
    "She was diagnosed with Ehlers-Danlos syndrome",
    "Tom called in sick",
    "the applicant is a practising Muslim",
    "he is gay and hasn't told his parents",
    "my boss is a lesbian",
    "I'm bisexual",
    "she is a member of the union IG Metall",
    "he voted for the AfD",
    "my neighbour is a member of the Communist party",
    "I voted for Trump",
    "Mr Brown is a registered Democrat",
    "fingerprint template of employee 4471",
    "my fingerprints were leaked",
    "he was convicted of fraud",
    "she has been arrested for shoplifting",
    "Der Bewerber ist praktizierender Muslim",
    "mein Chef ist schwul",
    "Herr Weber ist Mitglied der IG Metall",
    "sie wählt die AfD",
    "Er ist vorbestraft",
    "Fingerabdruck des Mitarbeiters 4471",
    "mon collègue est musulman pratiquant",
    "ma sœur est lesbienne",
    "il est membre de la CGT",
    "elle vote Rassemblement National",
    "mi hijo es gay",
    "la candidata es judía",
    "está afiliado a Comisiones Obreras, es miembro del sindicato UGT",
    "mi vecino vota a Vox",
    "mio fratello è gay",
    "il candidato è ebreo",
    "Marco Bianchi è iscritto alla CGIL",
    "mia zia vota Fratelli d'Italia",
    "meu filho é gay",
    "a candidata é evangélica",
    "ele é filiado ao PT",
    "o funcionário é membro do sindicato",
    "mijn broer is homo",
    "de sollicitant is moslim",
    "zij is lid van de FNV",
    "hij stemt op de PVV",
    "my employee is black",
    "she is of Kurdish descent",
    "religion: Muslim",
    "Hi team, Priya from accounting let me know she's 12 weeks pregnant and will need "
    "cover from March.",
    "Can you draft a letter to the insurer? My mother was told yesterday that her lung "
    "cancer has spread to the liver.",
    "The tenant in 4B disclosed that he is living with bipolar disorder and asked for a "
    "reasonable accommodation.",
    "Summarise: 62F w/ hx of CHF, CKD3, p/w SOB x 3 days.",
    "Our new hire Omar prays five times a day, he is a practicing Muslim, how do I adapt "
    "the shift plan?",
    "I think my teenage son might be gay, how do I talk to him?",
    "Employee refuses to work with him because he supports the AfD.",
    "Please translate: meine Schwester hatte letztes Jahr eine Fehlgeburt.",
    "Unser Azubi hat uns gesagt, dass er unter Panikattacken leidet.",
    "Frau Öztürk ist seit Montag wegen einer Depression krankgeschrieben.",
    "Kannst du mir eine Mail schreiben? Mein Kollege ist seit zwei Wochen in der Psychiatrie.",
    "Mon collègue est en burn-out depuis janvier.",
    "La salariée a été opérée d'une hernie discale.",
    "Mon patron a découvert que je suis homosexuel.",
    "Le candidat a mentionné qu'il est de confession juive.",
    "El empleado está de baja por ansiedad desde abril.",
    "A mi padre le diagnosticaron Parkinson hace dos años.",
    "Mi jefa se enteró de que soy lesbiana.",
    "Il mio collega soffre di attacchi di panico.",
    "A mia nonna hanno diagnosticato l'Alzheimer.",
    "O meu chefe descobriu que sou gay.",
    "A minha irmã foi diagnosticada com esclerose múltipla.",
    "Mijn collega zit thuis met een burn-out.",
    "Bij mijn moeder is borstkanker vastgesteld.",
    "De medewerker heeft aangegeven dat hij homoseksueel is.",
    "Patient reports daily cannabis use and suicidal ideation.",
    "He relapsed last week and is back on heroin.",
    "Her viral load was undetectable at last visit, continues Biktarvy.",
    "She takes sertraline 100mg every morning.",
    "The claimant has PTSD after the accident.",
    "My ex has herpes and didn't tell me.",
    "John is HIV+ and his employer must not know.",
    "Subject's iris scan matched the record of John Doe.",
    "Emp. no. 33812: union dues deducted monthly, member of Verdi",
    "Die Bewerberin ist Jüdin.",
    "Kevin wurde wegen Körperverletzung verurteilt.",
    "He spent two years in prison for burglary.",
]

HARMLESS = [
    "What are the symptoms of diabetes?",
    "How is depression treated?",
    "Explain the causes of cancer",
    "I have a question about diabetes",
    "I'm writing a paper on schizophrenia",
    "My project is about breast cancer detection",
    "Write an article about HIV awareness",
    "Does coffee cause cancer?",
    "South Africa has HIV prevention programs",
    "What is the treatment for asthma",
    "The Great Depression",
    "Was sind die Symptome von Diabetes?",
    "Erkläre mir, was Depressionen sind",
    "Quels sont les symptômes du diabète ?",
    "¿Cuáles son los síntomas de la diabetes?",
    "Quali sono i sintomi del diabete?",
    "Quais são os sintomas da diabetes?",
    "Wat zijn de symptomen van diabetes?",
    "He has a blind spot in his code",
    "the server is in recovery",
    "The model is blind to context",
    "she has a new job",
    "People with diabetes should eat",
    "Cancer is a disease",
    "He is a manager",
    "Tell me about the risk factors of stroke",
    "Ich habe eine Frage zu Krebs",
    "Train a classifier to detect depression in tweets",
    "the patient table has a column diabetes",
    "Explain Islam's five pillars",
    "write a function for a fingerprint reader",
    "history of trade unions",
    "Which party won the 1992 election?",
    "What is the difference between Catholic and Protestant?",
    "The Labour Party was founded in 1900",
    "the background is black",
    "The text is white",
    "She is a straight-A student",
    "How do I implement fingerprint authentication?",
    "The union of sets A and B",
    "SELECT a UNION SELECT b",
    "The car is black",
    "Is it legal to be gay in Uganda?",
    "Write a poem about being trans",
    "My favourite colour is black",
    "He is reading the PS documentation",
    "The board is green",
    "fingerprint of the SSH key",
    "Der Himmel ist schwarz",
    "El coche es negro",
    "la casa è nera",
    "What does ICD-10 code E11.9 mean?",
    "What is the maximum dose of metformin?",
    "Maria is a lawyer",
    "my cat is black",
    "John is in the office",
    "Write a blog post about living with diabetes for a health magazine.",
    "Explain how mortgage withdrawal works.",
    "What are the eligibility criteria for parental leave in Germany?",
    "Create a persona for a marketing campaign.",
    "Draft a union busting policy? No: summarise the history of the TUC.",
    "How does the brain process anxiety?",
    "He painted the wall black and white.",
    "Compare Catholicism and Protestantism in a table.",
    "Le parti socialiste a été fondé en 1969.",
    "What causes migraines in general?",
    "Refactor this: def is_positive(x): return x > 0",
    "Mein Auto hat einen Schaden am Motor.",
    "Wie wählt man den besten Tarif?",
    "The party starts at 8, she is bringing drinks.",
    "I have a fear of missing deadlines.",
    "My internet connection is slow.",
    "class Patient(models.Model): diagnosis = CharField()",
    "My laptop has a virus infection.",
    "She is in charge of the green team.",
    "El partido de fútbol fue emocionante.",
    "This API key is required: set it in the header.",
    "Use a secret manager instead of hardcoding passwords.",
    "Password123 is a weak password, explain why.",
    "const token = await getToken();",
    'if (password.length < 8) throw new Error("Password too short");',
    'assert user.check_password("secret")',
    "The treaty of 12 March 1947 was signed in Rome.",
    "Take bus 12 to Park Street and walk 5 minutes.",
    "He finished 3rd in the 100 m sprint.",
    "The history of Route 66 and Highway 1.",
    'import os; path = os.path.join("a","b")',
    "Our sales are in recovery after the crisis.",
    "The system is on probation for two sprints.",
    "The PR is blocked, he is on it.",
    "Tom is in London for work.",
    "Her talk is about depression in economics.",
    "The company joined the European Union.",
    "My team supports Windows 11 and Linux.",
    "I support Barcelona and he supports Real Madrid.",
    "Il sole è giallo e il cielo è nero.",
    "My dog has a broken leg.",
]


@pytest.mark.parametrize("text", FOUND)
def test_it_is_found(text: str) -> None:
    assert MATCHER.find(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_it_is_nobodys(text: str) -> None:
    assert [match.pattern for match in MATCHER.find(text)] == []


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("my patient has lymphoma", "HEALTH_CONDITION"),
        ("our tenant is a devout Catholic", "RELIGION"),
        ("her brother is gay", "SEXUAL_ORIENTATION"),
        ("he is a member of the trade union", "UNION_MEMBERSHIP"),
        ("she voted for Labour", "POLITICAL_OPINION"),
        ("his fingerprints are attached", "BIOMETRIC"),
        ("the applicant is of Kurdish descent", "ETHNICITY"),
        ("he was convicted of theft", "CRIMINAL_RECORD"),
    ],
)
def test_each_kind_has_its_type(text: str, entity_type: str) -> None:
    assert entity_type in {match.entity_type for match in MATCHER.find(text)}


def test_far_into_a_long_text_it_is_found_where_it_stands() -> None:
    text = "Nothing to see here. " * 500 + "My son has epilepsy. " + "And so on. " * 500
    assert "My son has epilepsy" in {text[m.start : m.end] for m in MATCHER.find(text)}


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    for match in MATCHER.find(text):
        assert 0 <= match.start < match.end <= len(text)
