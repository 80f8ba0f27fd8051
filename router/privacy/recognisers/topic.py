"""Whether what looks like a statement about somebody is one about a topic."""

from __future__ import annotations

import re

from .person_grammar import PEOPLE

_TOPIC = re.compile(
    r"""\b(?:
      questions? | about | papers? | essays? | articles? | books? | research
    | stud(?:y|ies|ied|ying) | projects? | exams? | lectures? | presentations? | apps? | models?
    | datasets? | awareness | information | writ(?:e|es|ing|ten) | wrote | experts?
    | speciali[sz]es | interest(?:ed)? | curious | blog | podcast | film | movie | novel | poem
    | statistics | learn(?:ed|ing)? | read | reading | charity | campaign | policy | policies
    | function | class | code | feature | field | column | variable | data | example
    | history\sof\s(?!\w) | opinion\son | prevention | prevalence | vaccine\sresearch
    | insurance\sproduct | website | newsletter | expert | course | homework | assignment
    | thesis | simulat\w+ | game | character | frage | fragen | artikel | aufsatz | buch
    | forschung | studie | projekt | vortrag | präsentation | thema | über | schreib\w*
    | gelesen | facharbeit | referat | question | article | livre | recherche | étude | projet
    | exposé | sujet | présentation | écri\w+ | pregunta | artículo | libro | investigación
    | estudio | proyecto | trabajo\ssobre | presentación | sobre | domanda | articolo | ricerca
    | progetto | tesi | presentazione | scritto | pergunta | artigo | livro | pesquisa | estudo
    | projeto | apresentação | vraag | artikel | boek | onderzoek | scriptie | presentatie
    | spreekbeurt | opstel
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_NOBODY_TEXT = """
    what who which whose this that these those it there here where when why how everyone
    everybody someone somebody anyone anybody nobody one each every
    people patients women men children adults persons individuals humans cats dogs mice users
    employees students if does do did is are was were has have
    can could should would will may might explain describe write list tell give compare define
    summarize discuss type stage chronic acute
    obesity depression cancer diabetes hiv covid symptoms treatment causes risk the a an and or
    but not for in at to of as by from with without
    train build create make find use get add develop design implement generate provide suggest
    draft translate detect predict classify imagine consider take see need want
    rewrite edit convert calculate show identify recommend propose outline plan choose select
    answer note think let please help latin greek cyrillic letter small capital
    was wie wer wo wann warum welche welcher welches das es man jeder jemand niemand menschen
    patienten frauen kinder erkläre schreibe der die den dem ein eine und oder
    qui que quoi quel quelle comment pourquoi quand où les des une un le la ce cela ça personne
    patients enfants femmes explique écris décris
    qué quién cuál cómo por cuándo dónde los las una uno esto eso nadie alguien personas
    pacientes mujeres niños explica escribe describe el si
    che cosa chi quale come perché quando dove gli questo quello nessuno qualcuno persone
    pazienti donne bambini spiega scrivi descrivi il lo
    quem qual porque onde isto isso ninguém alguém pessoas mulheres crianças explique escreva
    descreva os as um uma o se
    wat wie welke hoe waarom wanneer waar dit dat het iemand niemand mensen patiënten vrouwen
    kinderen leg schrijf beschrijf de een als
    africa states kingdom america europe asia world city county hospital university health
    disease china india germany france spain italy brazil russia japan canada
    country government company society church islam christianity buddhism judaism python java
    monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december today
    empire emperor king queen republic roman pope saint
    yesterday tomorrow according great new south north east west
    """
_NOBODY = frozenset(_NOBODY_TEXT.split())
_HYPOTHETICAL = re.compile(
    r"^(?:(?:the|a|an|this|that|der|die|das|le|la|l['’]|el|il|o|a|de|het|een|un|une|una|um|uma|"
    r"ein|eine)\s)?"
    r"(?:average|typical|ideal|fictional|hypothetical|imaginary|main|every)\s",
    re.IGNORECASE,
)


_ARTICLES_TEXT = (
    "the this that der die das den dem ein eine le la les l un une ce cette el los las una este "
    "esta il lo gli i o a os as"
    " um uma de het een dit deze with beim zum vom do da no na"
)
_ARTICLES = frozenset(_ARTICLES_TEXT.split())
_PERSON = re.compile(rf"\b(?:{PEOPLE})\b", re.IGNORECASE)


_POSSESSIVES_TEXT = """
    my our his her their your mein meine unser unsere sein seine ihr ihre mon ma mes notre son sa
    ses mi mis su sus nuestro nuestra mio mia suo sua nostro nostra meu minha seu nosso nossa mijn
    zijn haar onze ons
"""
_POSSESSIVES = frozenset(_POSSESSIVES_TEXT.split())


def is_said_of_somebody(value: str) -> bool:
    """As is_about_somebody; and what is said to be mine is a person, and no laptop or dog."""
    tokens = re.findall(r"[^\W\d_]+", value)[:5]
    mine = bool(tokens) and tokens[0].casefold() in _POSSESSIVES and not _is_pronoun(tokens)
    if mine and not _PERSON.search(" ".join(tokens)):
        return False
    return is_about_somebody(value)


_THINGS = (
    r"(?:code|codebase|bugs?|errors?|builds?|tests?|results?|news|weather|economy|markets?|prices?|"
    r"compiler|software|project|reviews?|prs?|deadlines?|workload|game|coffee|chocolate|coding|"
    r"tv|show|series|meetings?|work|job|api|docs|documentation|framework|library|language|"
    r"politics|traffic|monday|mondays|score|loss|idea|spreadsheets?|bureaucracy|nonsense|limits?|memory)"
)
FIGURATIVE = (
    r"(?:\s(?:by\s(?:nature|temperament|instinct|default|choice)|von natur aus|par nature|"
    r"por naturaleza|por natureza|per natura|van nature)"
    r"|(?:\s(?:by|about|over|to|at|with|from|von|par|por|da|door|over))\s(?:[^\s.,;:!?]+\s){0,3}?"
    rf"{_THINGS}"
    r"|\s(?:estimates?|guess|approach|choice|view|figures?|forecast|assumption|number|value|"
    r"limit|timeout|default|bound|strategy|investors?|dresser|driver|spot|spots|date|option|mode|"
    r"setting|settings|to (?:the|this|that|context|risk|danger|changes?)))?"
)
"""After a state or a belief, what makes it a manner of speaking: "depressed by this code"."""
_SPEAKING = re.compile(FIGURATIVE[:-1] + "$", re.IGNORECASE)
_OF_THINGS_TOO = re.compile(
    r"(?:terminal|dependente|dipendente|invalid[oa]|est[eé]ril|sterile|deficiente|cie[cg][oa]|"
    r"ceg[oa]|sord[oa]|surd[oa]|viciad[oa]|positiv[oa]\s\S*|\ssu|operat\w*|operad\w*|"
    r"dependente de|dipendente da|en tratamiento|em tratamento|afastad[oa])(?:\s(?:che|que))?$",
    re.IGNORECASE,
)


def is_about_no_topic(value: str) -> bool:
    """As far as the words say; nobody need be named, as in a field of a form."""
    return not _TOPIC.search(value)


def is_no_figure_of_speech(value: str) -> bool:
    """Of a sentence whose subject is left out: what it says can be said of persons only."""
    return is_about_no_topic(value) and not _OF_THINGS_TOO.search(value)


def is_about_somebody(value: str) -> bool:
    """False for "I have a question about diabetes" and "South Africa has HIV programmes"."""
    if _TOPIC.search(value) or _HYPOTHETICAL.match(value) or _SPEAKING.search(value):
        return False
    tokens = re.findall(r"[^\W\d_]+", value)[:5]
    if not tokens:
        return False
    first = tokens[0].casefold()
    if first in _ARTICLES and tokens[0] != "I" and not _is_pronoun(tokens):
        return _PERSON.search(" ".join(tokens)) is not None
    if first in _NOBODY and first not in _ARTICLES:
        return False
    # A name's second word that is no name: "South Africa", "Chronic Pain".
    return not (
        len(tokens) > 1
        and tokens[0][0].isupper()
        and tokens[1][0].isupper()
        and tokens[1].casefold() in _NOBODY
    )


_AFTER_A_PRONOUN = frozenset(
    {"est", "a", "était", "avait", "fut", "souffre", "prend", "vit", "vote", "votait", "milite"}
    | {"soutient", "appartient", "cotise", "adhère", "se", "s", "han", "diagnosticaron"}
    | {"detectaron", "operaron", "encontraron", "hanno"}
)


def _is_pronoun(tokens: list[str]) -> bool:
    """French `il` and Spanish `le`, which are articles in Italian and French."""
    return len(tokens) > 1 and tokens[1].casefold() in _AFTER_A_PRONOUN
