"""Streets with numbers are found as a dozen countries write them; other numbers are not."""

from __future__ import annotations

import pytest

from router.privacy.recognisers import addresses
from router.privacy.recognisers.match import PatternMatcher

MATCHER = PatternMatcher(addresses.PATTERNS)

FOUND = [
    "6750 Koskikatu 25 Apt. 864",
    "I live at 12 Oak Street, Springfield",
    "742 Evergreen Terrace",
    "221B Baker Street, London NW1 6XE",
    "Please ship to 1600 Amphitheatre Parkway, Mountain View, CA 94043",
    "45 Kings Way, Leeds",
    "Flat 3, 18 Albert Road, Bristol BS1 4DJ",
    "100 Queen St W, Toronto, ON M5H 2N2",
    "55 Collins St, Melbourne VIC 3000",
    "14 Merrion Square, Dublin 2, D02 X285",
    "Hauptstraße 12, 10115 Berlin",
    "Hauptstr. 12a in 80331 München",
    "Am Alten Markt 5, 14467 Potsdam",
    "Lindenweg 7",
    "Bahnhofstrasse 21, 8001 Zürich",
    "Mariahilfer Straße 88a, 1070 Wien",
    "12 rue de la Paix, 75002 Paris",
    "3 bis avenue Victor Hugo 69003 Lyon",
    "J'habite au 27 impasse des Lilas à Nantes",
    "Calle Mayor 15, 3º B, 28013 Madrid",
    "C/ Serrano, 45",
    "Avda. de la Constitución nº 8, Sevilla",
    "Carrera 7 # 45-12, Bogotá",
    "Via Roma 12, 00184 Roma",
    "via garibaldi, 8 milano",
    "Corso Vittorio Emanuele II 45, Torino",
    "Piazza del Duomo 3",
    "Rua Augusta 120, 1º Dto, 1100-053 Lisboa",
    "Av. Paulista, 1578 - São Paulo",
    "avenida paulista 1578, são paulo",
    "Rua das Flores, nº 33",
    "Prinsengracht 263, 1016 GV Amsterdam",
    "Kerkstraat 12 bus 3, 2000 Antwerpen",
    "Storgata 5, 0155 Oslo",
    "Drottninggatan 71A, 111 36 Stockholm",
    "Puruntie 82",
    "P.O. Box 1234",
    "Postfach 10 20 30",
    "Casella postale 12",
    "Apt. 595",
    '"street": "9 Elm Grove"',
    '"address": "77 The Maltings, Bath"',
    "address: Lange Gasse 3/7",
    "ul. Nowa 15/3, 00-950 Warszawa",
    "He lives at 8 The Paddocks",
    "wohnt in der Ringstraße 5",
    "5 fifth avenue",
    "1501 ne 42nd st apt 12",
    "01 4589 40th Street Suite 603 Calgary AB",
    "PSC 6293, Box 8158",
    "Mozartplatz 3",
    "Woont op Dorpsweg 14",
    "12 boulevard saint-michel",
    "Koskikatu 25",
    " Suite 501",
    "Send the parcel to Mrs. Alder, 17 Willow Crescent, Harrogate HG2 0QP",
    "Lieferadresse: Rosenweg 3b, 50667 Köln",
    "adresse de livraison: 8 allée des Tilleuls, 31000 Toulouse",
    "vivo en la calle de Alcalá 120, piso 4, Madrid",
    "abito in via dei Mille 23 a Napoli",
    "moro na Rua Voluntários da Pátria, 45, apto 302, Rio de Janeiro",
    "ik woon op de Lange Nieuwstraat 88 in Utrecht",
    "Ship to: 2210 W Chapman Ave Apt 5, Orange, CA 92868",
    "address: 10 Downing St, London",
    '{"line1": "500 Main St", "city": "Reno", "postal_code": "89501"}',
    "Bergstr. 7, A-6020 Innsbruck",
    "Plot 12, Sector 5, Gandhi Nagar, Jaipur 302015",
]

HARMLESS = [
    "2 blocks down the street",
    "10 miles of road",
    "5 minute drive",
    "3 different ways to do this",
    "the 2008 Wall Street crash",
    "Highway to hell, 1979",
    "IP address: 10.0.0.1",
    "email address: bob@example.com",
    "memory address: 0x7fff1234",
    "address 4 issues in the code",
    "I live in Berlin",
    "She lives in Paris, France",
    "connect via port 8080",
    "via HTTP 2",
    "Berlin 2024",
    "Step 5 Place the dough in a pan",
    "In 1984 Orwell way",
    "Chapter 3 Drive belts",
    "version 2 Street Fighter",
    "Street Fighter 2",
    "the Main Street movement",
    "Paris Agreement 2015",
    "Calle 13 is a band",
    "5 star hotel park",
    "Top 10 Places to visit",
    "COVID-19 hit the road",
    "Act 3 Scene 2",
    "a 4 lane road",
    "12 Angry Men Court",
    "Unit 5: History",
    "the address is invalid",
    "sent to 3 people",
    "Article 5 Paragraph 2",
    "100 Years War",
    "I moved to 3 Dimensions",
    "B2 or not",
    "The avenue 5 times",
    "Room 101",
    "Corso di laurea 3",
    "Plaza 2 tickets",
]


@pytest.mark.parametrize("text", FOUND)
def test_it_is_found(text: str) -> None:
    assert MATCHER.find(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_it_is_nobodys(text: str) -> None:
    assert [match.pattern for match in MATCHER.find(text)] == []
