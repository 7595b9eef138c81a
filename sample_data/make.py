"""Make the sample data of this folder: three survey exports, a CRM list and a release list.

    python3 sample_data/make.py

Writes responses.csv, antworten.csv, delighted.ndjson, accounts.csv and releases.csv beside
itself and prints the totals that README.md states. Standard library only, fixed seed: running it
again gives the same bytes.

Everything is invented. Brackenfold is a company that does not exist; it sells a calendar, booking
and invoicing service by subscription, to firms and to people who work alone. Surnames are made
up, mail addresses are at example.com and example.org, and telephone numbers come from the ranges
that regulators set aside for fiction.
"""

import csv
import io
import json
import math
import random
import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
RNG = random.Random(20260740)

FIRST_DAY = date(2024, 7, 1)
DAYS = 730  # up to and including 2026-06-30

# The story. Version 5.0 brought a phone app that crashed; 5.2 repaired it.
HURT = date(2025, 9, 16)
HEALED = date(2026, 1, 20)
FALL_FROM = date(2025, 7, 1)

RELEASES = [
    ("4.6.0", date(2024, 8, 20), "Shared team calendars"),
    ("4.7.0", date(2024, 11, 12), "Invoices in twelve currencies"),
    ("4.8.0", date(2025, 2, 11), "Reminders by text message"),
    ("4.9.0", date(2025, 5, 20), "Faster search"),
    ("5.0.0", HURT, "New mobile app"),
    ("5.1.0", date(2025, 11, 18), "Dark mode"),
    ("5.2.0", HEALED, "Mobile app rebuilt"),
    ("5.3.0", date(2026, 4, 14), "Waiting lists"),
]

# Expected NPS of a segment in quiet times.
SEGMENT_NPS = {"enterprise": 68, "mid-market": 65, "small business": 23, "personal": 63}
# How much of a file's mail goes to an account of the segment, relative to the others.
SEGMENT_WEIGHT = {"enterprise": 1.6, "mid-market": 1.15, "small business": 0.9}
PERSONAL_SHARE = 0.22
CHANNELS = {
    "enterprise": (("email", 60), ("in-app", 25), ("web", 15)),
    "mid-market": (("email", 50), ("in-app", 30), ("web", 20)),
    "small business": (("email", 35), ("in-app", 35), ("web", 15), ("sms", 15)),
    "personal": (("email", 20), ("in-app", 45), ("web", 10), ("sms", 25)),
}
PLANS = {
    "enterprise": (("scale", 85), ("team", 15)),
    "mid-market": (("team", 70), ("scale", 30)),
    "small business": (("starter", 65), ("team", 35)),
    "personal": (("solo", 80), ("starter", 20)),
}

# name, segment, country, arr_usd, industry; which file an account's people answer in follows
# from the country. FALLING accounts were happy in the first year and are not in the second.
ACCOUNTS = [
    ("Quarnholt Logistics", "enterprise", "GB", 184000, "logistics"),
    ("Ostrelby Water", "enterprise", "GB", 142000, "utilities"),
    ("Veskamere Hotels", "enterprise", "FR", 121500, "hospitality"),
    ("Tarnwickel Insurance", "enterprise", "GB", 156000, "insurance"),
    ("Hollumade Pharmacies", "enterprise", "NL", 98400, "retail"),
    ("Brisvane Energy", "enterprise", "SE", 133000, "utilities"),
    ("Calderoux Santé", "enterprise", "FR", 109800, "health"),
    ("Mirravelle Foods", "enterprise", "ES", 88700, "food"),
    ("Dunmarrow Clinics", "mid-market", "GB", 46200, "health"),
    ("Ellisfenn Dental", "mid-market", "GB", 38900, "health"),
    ("Faircopse Training", "mid-market", "IE", 41300, "education"),
    ("Gellowby Motors", "mid-market", "GB", 52700, "automotive"),
    ("Hestermoor Law", "mid-market", "GB", 57400, "legal"),
    ("Ivelstone Property", "mid-market", "IE", 33600, "property"),
    ("Jorvenna Fitness", "mid-market", "SE", 29800, "leisure"),
    ("Kestelmans Advies", "mid-market", "NL", 44100, "consulting"),
    ("Lavigniac Conseil", "mid-market", "FR", 36500, "consulting"),
    ("Montrecelle Voyages", "mid-market", "FR", 48300, "travel"),
    ("Nyvangsgård Bygg", "mid-market", "SE", 39900, "construction"),
    ("Olivarreda Clínicas", "mid-market", "ES", 42800, "health"),
    ("Pennywhistle Grooming", "small business", "GB", 5400, "pets"),
    ("Rookhampton Plumbing", "small business", "GB", 7200, "trades"),
    ("Saltmarrow Yoga", "small business", "GB", 3900, "leisure"),
    ("Thornlebury Tutors", "small business", "GB", 6100, "education"),
    ("Umberleaf Florists", "small business", "GB", 4300, "retail"),
    ("Wexcombe Windows", "small business", "IE", 6800, "trades"),
    ("Yarrowdene Barbers", "small business", "IE", 3600, "beauty"),
    ("Atelier Brunoise", "small business", "FR", 5100, "food"),
    ("Boulangeval", "small business", "FR", 4700, "food"),
    ("Fietsenhoek Zuidel", "small business", "NL", 5900, "retail"),
    ("Kapsalon Merelind", "small business", "NL", 3800, "beauty"),
    ("Lilla Svalbo Verkstad", "small business", "SE", 6600, "trades"),
    ("Peluquería Nardela", "small business", "ES", 4100, "beauty"),
    ("Zarzalejas Taller", "small business", "ES", 7500, "automotive"),
    ("Arnfelder Kliniken", "enterprise", "DE", 127600, "health"),
    ("Brunnhalder Versicherung", "enterprise", "CH", 148200, "insurance"),
    ("Lindrath Metallbau", "mid-market", "DE", 61800, "manufacturing"),
    ("Dornhagel Immobilien", "mid-market", "DE", 43700, "property"),
    ("Eschlbrunn Touristik", "mid-market", "AT", 37200, "travel"),
    ("Föhrwinkel Praxen", "mid-market", "DE", 49500, "health"),
    ("Gmündlach Bildung", "mid-market", "AT", 31400, "education"),
    ("Hirslacher Treuhand", "mid-market", "CH", 55900, "consulting"),
    ("Käseküche Almstett", "small business", "AT", 4900, "food"),
    ("Malerei Quittenbaum", "small business", "DE", 6300, "trades"),
    ("Radwerk Osterlohe", "small business", "DE", 5700, "retail"),
    ("Salon Veilchenau", "small business", "DE", 3700, "beauty"),
    ("Schreinerei Übelmoos", "small business", "CH", 7900, "trades"),
    ("Arrowmead Health", "enterprise", "US", 171500, "health"),
    ("Chandravel Retail", "enterprise", "IN", 92300, "retail"),
    ("Pellabrook Clinics", "mid-market", "US", 73400, "health"),
    ("Cedarquill Legal", "mid-market", "US", 51600, "legal"),
    ("Devanagiri Tutors", "mid-market", "IN", 28900, "education"),
    ("Eastmarra Fitness", "mid-market", "AU", 35700, "leisure"),
    ("Fenwillow Realty", "mid-market", "CA", 47100, "property"),
    ("Bluegrouse Coffee", "small business", "CA", 4400, "food"),
    ("Copperwren Cycles", "small business", "US", 5600, "retail"),
    ("Dustyfern Landscaping", "small business", "US", 7700, "trades"),
    ("Kumarsthala Salon", "small business", "IN", 3500, "beauty"),
    ("Wattlebrim Electrical", "small business", "AU", 6900, "trades"),
    ("Marigolden Bakery", "small business", "US", 4800, "food"),
]
FALLING = {"Quarnholt Logistics", "Lindrath Metallbau", "Pellabrook Clinics"}
# Large customers whose people answer in every file.
EVERYWHERE = {"Arnfelder Kliniken", "Arrowmead Health", "Tarnwickel Insurance"}
OWNERS = ["Amara", "Bjarne", "Chiara", "Devi", "Esben", "Farah"]

FILES = {
    "responses.csv": (1896, (("GB", 44), ("FR", 16), ("NL", 12), ("SE", 11), ("ES", 10), ("IE", 7))),
    "antworten.csv": (552, (("DE", 64), ("AT", 19), ("CH", 17))),
    "delighted.ndjson": (548, (("US", 55), ("CA", 17), ("IN", 18), ("AU", 10))),
}

FIRST_NAMES = {
    "responses.csv": "Ada Aoife Beatriz Callum Camille Céline Dewi Elin Ewan Femke Freya Gareth Hélène "
    "Inés Isla Joost José Karin Lotte Luc Mairéad Malin Nadia Niamh Noah Olivier Oskar Pádraig "
    "Rhona Ruben Sanne Saoirse Sofía Tomás Ulla Victor Wren Yusuf Zoë Åsa".split(),
    "antworten.csv": "Anke Beat Bärbel Clemens Dörte Emil Franziska Götz Hannes Ines Jörg Katrin Lukas "
    "Maren Nils Oskar Petra Ralf Sabine Thorben Ursina Veit Wiebke Yvonne".split(),
    "delighted.ndjson": "Aisha Arjun Brooke Caleb Dana Ethan Fiona Grace Hudson Imani Jasmine Kiran Logan "
    "Meera Nolan Olivia Priya Quinn Rohan Sierra Tyler Uma Wes Zara".split(),
}
LAST_NAMES = {
    "responses.csv": "Orrelby Tamsettle Veldhane Quincebrook Marrowdale Fennimoor Oakhollin Pellerance "
    "Brisquart Durvaille Lomenec Vautremont Heuvelmaar Zandwijker Sjöhalla Granbrink Lövestig "
    "Carrascueta Olmedosa Penhallick Trewenna Ballinroe Kilmarrow Skerrowan Withycroft Ambersley "
    "Coldharrow Duskwater Elderthwaite Foxglane".split(),
    "antworten.csv": "Abendroither Birkwieser Dachsleitner Eulenbrink Fichtelau Grünspechter Haselböcker "
    "Königslauber Lärchenmüller Mühlschlager Nebelhorner Rötzacker Schlehdornig Tannwälder "
    "Überlinder Wolkenstätter".split(),
    "delighted.ndjson": "Ashgrovely Bellweathers Cobblemire Drummaway Emberlyn Fallowridge Greenhollin "
    "Hartwellow Indravati Juniperson Kasturigiri Larksmead Muthuvelan Northwhistle Palewater "
    "Redfernley".split(),
}

# Comments. Detractors' by theme; {d} days, {w} weeks, {m} a month's name.
EN = {
    "billing": [
        "Charged twice for {m} and still waiting for the refund.",
        "The invoice never matches the plan we agreed on.",
        "Billing is a mess: our card was charged after we cancelled two seats.",
        "The price went up at renewal without a word of warning.",
        "I cannot find out what the extra line on the bill is for.",
        "Third wrong invoice this year, and each one takes me an hour to dispute.",
        "The VAT on the bill is wrong and nobody corrects it.",
        "We were billed for {d} users, we have half of that.",
        "The refund promised in {m} has not arrived.",
        "Downgraded in {m}, still billed for the larger plan.",
    ],
    "support": [
        "Support took {d} days to answer a simple question.",
        "Slow support. I opened a ticket in {m} and it is still open.",
        "Every ticket starts again with somebody new, it takes weeks.",
        "Waited {d} days for support and then got a link to the help page.",
        "The chat says five minutes, I waited for an hour.",
        "Support is friendly but far too slow when bookings are lost.",
        "No answer from support for {w} weeks.",
        "Our account contact left and nobody took over.",
    ],
    "crash": [
        "The mobile app crashes when I open the calendar.",
        "App crash on start since the update, I have to use the website on my phone.",
        "The new mobile app keeps crashing, I lost a booking in front of a customer.",
        "It crashes three or four times a day on Android.",
        "Since 5.0 the phone app closes itself while I type an invoice.",
        "The app freezes and then crashes whenever two bookings overlap.",
        "Please bring the old app back, this one crashes all the time.",
        "The crash in the mobile app has cost us {d} appointments so far.",
        "My staff have stopped using the app, it crashes too often.",
    ],
    "other": [
        "Too many clicks to move an appointment.",
        "The reports cannot be exported the way our accountant needs them.",
        "It does not work with our till.",
        "Search finds the wrong customer half of the time.",
        "Too complicated for what we need.",
        "Reminders went out in the wrong language.",
    ],
    "passive": [
        "Good, but the reports could be better.",
        "Works well for us, a bit expensive.",
        "Does the job.",
        "Fine so far, we would like a link to our bookkeeping.",
        "Solid. Recurring bookings need work.",
        "Happy with the calendar, less so with invoicing.",
        "It is fine, the set-up took longer than we thought.",
        "I would score it higher with an offline mode.",
    ],
    "promoter": [
        "Saves us hours each week.",
        "No-shows have halved since we switched on reminders.",
        "Simple, quick and reliable.",
        "Booking a client takes ten seconds now.",
        "Set up in an afternoon, everybody got it at once.",
        "Best thing we bought this year.",
        "Our clients love booking online.",
        "I get paid a week earlier than before.",
        "The shared calendar ended our morning phone calls.",
        "Lovely to use, and it just works.",
        "I have told every colleague about it.",
        "Clear screens, sensible defaults, nothing in the way.",
    ],
    "open": ["", "", "", "", "", "", "", "", "Honestly, ", "Sorry to say: ", "As before: "],
    "close_low": ["", "", "", " Please fix this.", " We are looking at alternatives.", " Not what we pay for.",
                  " Disappointed.", " 😠", " 🙁"],
    "close_high": ["", "", "", " Thank you!", " Keep going.", " 👍", " 🎉", " ❤️", " 😀"],
    "second": ["Happy to explain on a call.", "Otherwise a good product.", "The rest is fine.",
               "My colleagues say the same."],
}
DE = {
    "billing": [
        "Im {m} doppelt abgebucht, die Rückerstattung fehlt noch immer.",
        "Die Rechnung stimmt nie mit dem vereinbarten Tarif überein.",
        "Preiserhöhung bei der Verlängerung ohne Ankündigung.",
        "Schon die dritte falsche Rechnung in diesem Jahr.",
        "Die Abrechnung ist undurchschaubar, niemand kann die Posten erklären.",
        "Gekündigte Plätze werden weiter abgerechnet.",
        "Die Mehrwertsteuer auf der Rechnung ist falsch.",
    ],
    "support": [
        "Der Support hat {d} Tage für eine einfache Antwort gebraucht.",
        "Langsamer Support, mein Ticket vom {m} ist noch offen.",
        "Seit {w} Wochen keine Antwort vom Support.",
        "Jedes Mal ein neuer Ansprechpartner, das dauert zu lange.",
        "In der Warteschleife über eine Stunde, dann aufgelegt.",
        "Freundlich, aber viel zu langsam, wenn Termine verloren gehen.",
    ],
    "crash": [
        "Die App stürzt beim Öffnen des Kalenders ab.",
        "Seit dem Update auf 5.0 stürzt die App ständig ab.",
        "Absturz mitten in der Rechnung, alles weg.",
        "Die neue mobile App ist unbrauchbar, sie stürzt täglich ab.",
        "Bitte die alte App zurück, die neue stürzt nur ab.",
        "App-Absturz vor dem Kunden, sehr ärgerlich.",
    ],
    "other": [
        "Zu viele Klicks, um einen Termin zu verschieben.",
        "Der Export passt nicht zu unserer Buchhaltung.",
        "Für unsere Größe zu kompliziert.",
        "Die Suche findet Namen mit Umlauten nicht.",
    ],
    "passive": [
        "Gut, aber die Auswertungen könnten besser sein.",
        "Läuft ordentlich, etwas teuer.",
        "Tut, was es soll.",
        "Zufrieden mit dem Kalender, weniger mit den Rechnungen.",
        "Solide, Serientermine sind noch umständlich.",
    ],
    "promoter": [
        "Spart uns jede Woche Stunden.",
        "Seit den Erinnerungen kommen kaum noch Terminausfälle vor.",
        "Einfach, schnell und zuverlässig.",
        "An einem Nachmittag eingerichtet, alle haben es sofort verstanden.",
        "Unsere Kundschaft liebt die Online-Buchung.",
        "Übersichtlich und durchdacht, großes Lob.",
        "Endlich keine Zettelwirtschaft mehr.",
        "Schöne Oberfläche, und es läuft einfach.",
    ],
    "open": ["", "", "", "", "", "", "Leider: ", "Ehrlich gesagt: "],
    "close_low": ["", "", "", " Bitte nachbessern.", " Wir prüfen Alternativen.", " Enttäuschend.", " 😠"],
    "close_high": ["", "", "", " Danke!", " Weiter so!", " 👍", " 😀"],
    "second": ["Rückfragen gern am Telefon.", "Der Rest gefällt uns.", "Die Kollegen sehen es genauso."],
}
OTHER_LANGUAGES = {
    "FR": {
        "billing": ["Facturé deux fois, toujours pas remboursé.", "La facture est encore fausse ce mois-ci."],
        "support": ["Le support met des jours à répondre.", "Toujours pas de réponse du support, c'est très lent."],
        "crash": ["L'appli mobile plante à chaque ouverture.", "L'application se ferme toute seule depuis la 5.0."],
        "other": ["Trop compliqué à paramétrer.", "La recherche ne gère pas les accents."],
        "passive": ["Pratique, mais un peu cher.", "Bien, les rapports sont à améliorer."],
        "promoter": ["Très pratique, mes clientes réservent à toute heure.", "Une vraie aide au quotidien, merci à l'équipe !"],
    },
    "ES": {
        "billing": ["Me cobraron dos veces y nadie responde.", "La facturación siempre viene con errores."],
        "support": ["El soporte tarda una semana en contestar.", "Atención muy lenta."],
        "crash": ["La aplicación móvil se cierra sola.", "Desde la actualización la app falla cada día."],
        "other": ["Demasiado complicado para un negocio pequeño."],
        "passive": ["Está bien, aunque los informes son básicos.", "Útil, algo caro."],
        "promoter": ["¡Muy fácil de usar!", "Mis clientes están encantados con la reserva en línea."],
    },
    "NL": {
        "billing": ["Twee keer afgeschreven en nog steeds geld kwijt.", "De factuur klopt nooit."],
        "support": ["De helpdesk reageert pas na een week.", "Trage ondersteuning."],
        "crash": ["De app crasht zodra ik de agenda open.", "Sinds 5.0 crasht de mobiele app elke dag."],
        "other": ["Te veel klikken om een afspraak te verzetten."],
        "passive": ["Prima, alleen wat duur.", "Doet wat het moet doen."],
        "promoter": ["Scheelt me uren per week.", "Heel overzichtelijk, één agenda voor het hele team."],
    },
    "SE": {
        "billing": ["Fakturan är fel igen.", "Debiterad två gånger, ingen återbetalning än."],
        "support": ["Supporten är för långsam.", "Väntat två veckor på svar."],
        "crash": ["Appen kraschar hela tiden efter uppdateringen.", "Mobilappen kraschar när jag öppnar kalendern."],
        "other": ["För krångligt att flytta en bokning."],
        "passive": ["Bra, men lite dyrt.", "Fungerar som det ska."],
        "promoter": ["Enkelt och snabbt, rekommenderas!", "Kunderna älskar att boka på nätet."],
    },
}
MONTHS_EN = "January February March April May June July August September October November December".split()
MONTHS_DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
PHONES = {"responses.csv": "+44 20 7946 0{:03d}", "antworten.csv": "+49 30 23125 {:03d}",
          "delighted.ndjson": "+1 202-555-01{:02d}"}


def pick(weighted):
    """One of (value, weight) pairs."""
    x = RNG.random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        x -= weight
        if x < 0:
            return value
    return weighted[-1][0]


def one_of(values):
    return values[int(RNG.random() * len(values))]


def ascii_slug(text):
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ü", "Ue"), ("ß", "ss")):
        text = text.replace(letter, plain)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def file_of(country):
    return next(name for name, (_, countries) in FILES.items() if country in dict(countries))


def make_accounts():
    accounts = []
    for i, (name, segment, country, arr_usd, industry) in enumerate(ACCOUNTS):
        accounts.append({
            "account": ascii_slug(name), "name": name, "segment": segment, "country": country,
            "arr_usd": arr_usd, "industry": industry, "owner": OWNERS[(i * 5 + i // 6) % len(OWNERS)],
            "since": date(2019, 1, 1) + timedelta(days=int(RNG.random() * 1950)),
            "falling": name in FALLING, "everywhere": name in EVERYWHERE,
            "lean": RNG.gauss(0, 6),
        })
    return accounts


def make_people(file, accounts):
    """The people a file's survey goes to: (person, weight) pairs, weights by segment and account."""
    rows, countries = FILES[file]
    first, last = FIRST_NAMES[file], LAST_NAMES[file]
    names = [(f, l) for f in first for l in last]
    people = []

    def person(account, segment, country):
        f, l = names.pop(int(RNG.random() * len(names)))
        people.append({
            "name": f"{f} {l}", "first": f,
            "email": f"{ascii_slug(f)}.{ascii_slug(l)}@{one_of(('example.com', 'example.org'))}",
            "account": account, "segment": segment, "country": country,
            "plan": pick(PLANS[segment]), "lean": RNG.gauss(0, 22), "last": None,
        })
        return people[-1]

    local = [a for a in accounts if a["everywhere"] or file_of(a["country"]) == file]
    share = {}
    for a in local:
        share[a["account"]] = SEGMENT_WEIGHT[a["segment"]]
        if a["falling"]:
            share[a["account"]] = 1.9
        elif file_of(a["country"]) != file:
            share[a["account"]] = 0.5
    total = sum(share.values())
    weighted = []
    for a in local:
        expected = rows * (1 - PERSONAL_SHARE) * share[a["account"]] / total
        size = max(4, round(expected / 2.2))
        for _ in range(size):
            country = a["country"] if file_of(a["country"]) == file else pick(countries)
            weighted.append((person(a, a["segment"], country), expected / size))
    size = round(rows * PERSONAL_SHARE / 1.6)
    for _ in range(size):
        weighted.append((person(None, "personal", pick(countries)), rows * PERSONAL_SHARE / size))
    return weighted


def expected_nps(person, day, channel):
    expected = SEGMENT_NPS[person["segment"]] + person["lean"]
    if HURT <= day < HEALED:
        expected -= 46
        if channel == "in-app":
            expected -= 8
    elif HEALED <= day < HEALED + timedelta(days=14):
        expected -= 10
    account = person["account"]
    if account:
        expected += account["lean"]
        if account["falling"]:
            # Their people agree with one another more than others do.
            expected -= person["lean"] * 0.7
            expected += 26 if day < FALL_FROM else -88
    return max(-94, min(94, expected))


def make_score(expected):
    t = expected / 100
    passive = 0.30 * (1 - 0.5 * t * t)
    promoter = (1 - passive) * (1 + t) / 2
    x = RNG.random()
    if x < promoter:
        return pick(((10, 55), (9, 45)))
    if x < promoter + passive:
        return pick(((8, 60), (7, 40)))
    return pick(((6, 30), (5, 25), (4, 12), (3, 12), (2, 8), (1, 5), (0, 8)))


def make_comment(file, person, score, day):
    """A comment, or None. Only the comments of detractors carry a theme."""
    kind = "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
    if RNG.random() > {"promoter": 0.40, "passive": 0.38, "detractor": 0.74}[kind]:
        return None
    theme = kind
    if kind == "detractor":
        in_crash = HURT <= day < HEALED + timedelta(days=14)
        billing = 50 if person["segment"] == "small business" else 22
        falling = person["account"] and person["account"]["falling"]
        theme = pick((
            ("billing", billing), ("support", 75 if falling else 28),
            ("crash", 85 if in_crash else 6 if day >= HURT else 0), ("other", 14),
        ))
    german = file == "antworten.csv"
    foreign = OTHER_LANGUAGES.get(person["country"])
    if file == "responses.csv" and foreign and RNG.random() < 0.5:
        text = one_of(foreign[theme])
        if RNG.random() < 0.15:
            text += " 🙂" if kind == "promoter" else " 🙁" if kind == "detractor" else ""
        return text
    words = DE if german else EN
    text = one_of(words[theme])
    # The month named lies before the answer.
    past = (day.month - 2 - int(RNG.random() * 3)) % 12
    text = text.format(d=3 + int(RNG.random() * 9), w=2 + int(RNG.random() * 4),
                       m=(MONTHS_DE if german else MONTHS_EN)[past])
    if kind == "detractor":
        opening = one_of(words["open"])
        if opening and not german and not text.startswith("I "):
            text = text[0].lower() + text[1:]
        text = opening + text
    if kind != "passive":
        text += one_of(words["close_high" if kind == "promoter" else "close_low"])
    x = RNG.random()
    if x < 0.03 and not file.endswith("ndjson"):
        text += "\n" + one_of(words["second"])
    elif x < 0.045:
        phone = PHONES[file].format(int(RNG.random() * (100 if file.startswith("d") else 1000)))
        text += (" Bitte anrufen: " if german else " Please call me: ") + phone
    elif x < 0.055:
        text += (" Antwort bitte an " if german else " Write to me at ") + person["email"]
    elif x < 0.07:
        text += (" Viele Grüße, " if german else " Best, ") + person["first"]
    return text


def make_responses(file, accounts):
    """The rows of one file, oldest first, all between 06:00 and 20:00 UTC: whichever zone of Europe
    an importer assumes for a file that names none, each answer stays on its day."""
    weighted = make_people(file, accounts)
    people = [p for p, _ in weighted]
    cumulative, total = [], 0.0
    for _, weight in weighted:
        total += weight
        cumulative.append(total)
    days = [FIRST_DAY + timedelta(days=i) for i in range(DAYS)]
    day_weights = [(d, 1.0 if d.weekday() < 5 else 0.35) for d in days]
    times = sorted(
        datetime(d.year, d.month, d.day, tzinfo=timezone.utc)
        + timedelta(seconds=int((6 + RNG.random() * 14) * 3600))
        for d in (pick(day_weights) for _ in range(FILES[file][0]))
    )
    rows = []
    for at in times:
        day = at.date()
        while True:  # nobody is asked twice within 75 days
            p = people[min(bisect(cumulative, RNG.random() * total), len(people) - 1)]
            if p["last"] is None or (day - p["last"]).days >= 75:
                break
        p["last"] = day
        channel = pick(CHANNELS[p["segment"]])
        score = make_score(expected_nps(p, day, channel))
        comment = make_comment(file, p, score, day)
        if file != "delighted.ndjson" and RNG.random() < 0.05:
            score = None  # opened the survey, skipped the question
            comment = None
        rows.append({"at": at, "score": score, "comment": comment, "person": p, "channel": channel})
    return rows


def bisect(cumulative, x):
    low, high = 0, len(cumulative)
    while low < high:
        middle = (low + high) // 2
        if x < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    return low


def account_key(row):
    account = row["person"]["account"]
    return account["account"] if account else ""


def csv_bytes(header, rows, delimiter=",", line_end="\n", encoding="utf-8"):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def generic_csv(rows):
    # Four rows that an importer must refuse. Their place is fixed, their other cells are sound.
    broken = {217: ("score", "11"), 655: ("at", "2025-02-30T09:14:22Z"),
              1093: ("score", "9.5"), 1571: ("at", "last Tuesday")}
    ids, table = set(), []
    for i, row in enumerate(rows):
        while True:
            key = f"r-{RNG.getrandbits(40):010x}"
            if key not in ids:
                break
        ids.add(key)
        p = row["person"]
        cells = {"at": row["at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
                 "score": "" if row["score"] is None else str(row["score"])}
        if i in broken:
            field, value = broken[i]
            cells[field] = value
            row["rejected"] = f"{key}: {value}"
        table.append([key, cells["at"], cells["score"], row["comment"] or "", p["email"], p["name"],
                      account_key(row), p["segment"], row["channel"], p["country"], p["plan"]])
    header = "response_id responded_at score comment email name account segment channel country plan"
    return csv_bytes(header.split(), table)


def german_csv(rows):
    number, year, table = 0, None, []
    for row in rows:
        if row["at"].year != year:
            year, number = row["at"].year, 10
        number += 1 + int(RNG.random() * 3)
        p = row["person"]
        table.append([f"AW-{year}-{number:05d}", row["at"].strftime("%d.%m.%Y %H:%M"),
                      "" if row["score"] is None else row["score"], row["comment"] or "", p["email"],
                      account_key(row), p["segment"], row["channel"], p["country"]])
    header = ["Antwort-ID", "Datum", "Weiterempfehlung (0-10)", "Kommentar", "E-Mail", "Firma",
              "Segment", "Kanal", "Land"]
    return csv_bytes(header, table, ";", "\r\n", "utf-8-sig")


def delighted_ndjson(rows):
    response_id, person_ids, lines = 481200000, {}, []
    for row in rows:
        response_id += 900 + int(RNG.random() * 90000)
        p = row["person"]
        person_id = person_ids.setdefault(p["email"], str(2035110000 + 7 * len(person_ids)))
        properties = {"account": account_key(row)} if p["account"] else {}
        properties |= {"segment": p["segment"], "channel": row["channel"], "country": p["country"]}
        created = int(row["at"].timestamp())
        text = row["comment"] or ""
        tags = [tag for tag, word in (("billing", "bill"), ("support", "upport"), ("mobile", "crash"))
                if word in text and RNG.random() < 0.6]
        lines.append(json.dumps({
            "id": str(response_id),
            "person": {"id": person_id, "name": p["name"], "email": p["email"]},
            "survey_type": "nps", "score": row["score"], "comment": row["comment"],
            "created_at": created,
            "updated_at": created + (int(20 + RNG.random() * 580) if row["comment"] else 0),
            "person_properties": properties, "tags": tags,
        }, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def print_totals(by_file):
    print(f"{'file':<18}{'rows':>6}{'rejected':>9}{'answered':>9}{'promoters':>10}{'passives':>9}"
          f"{'detractors':>11}{'NPS':>9}{'margin':>8}")
    for name, rows in [*by_file.items(), ("all three", [r for rows in by_file.values() for r in rows])]:
        kept = [r for r in rows if "rejected" not in r]
        scores = [r["score"] for r in kept if r["score"] is not None]
        promoters = sum(s >= 9 for s in scores)
        detractors = sum(s <= 6 for s in scores)
        n = len(scores)
        nps = 100 * (promoters - detractors) / n
        variance = (promoters + detractors) / n - (nps / 100) ** 2
        margin = 1.959963984540054 * 100 * math.sqrt(variance / n)
        print(f"{name:<18}{len(rows):>6}{len(rows) - len(kept):>9}{n:>9}{promoters:>10}"
              f"{n - promoters - detractors:>9}{detractors:>11}{nps:>9.4f}{margin:>8.4f}")
    for rows in by_file.values():
        for row in rows:
            if "rejected" in row:
                print("rejected", row["rejected"])


def main():
    accounts = make_accounts()
    by_file = {name: make_responses(name, accounts) for name in FILES}
    written = {
        "responses.csv": generic_csv(by_file["responses.csv"]),
        "antworten.csv": german_csv(by_file["antworten.csv"]),
        "delighted.ndjson": delighted_ndjson(by_file["delighted.ndjson"]),
        "accounts.csv": csv_bytes(
            ["account", "name", "owner", "industry", "arr_usd", "since"],
            [[a["account"], a["name"], a["owner"], a["industry"], a["arr_usd"], a["since"]]
             for a in sorted(accounts, key=lambda a: a["account"])]),
        "releases.csv": csv_bytes(["version", "released_on", "title"], RELEASES),
    }
    for name, data in written.items():
        (HERE / name).write_bytes(data)
    print_totals(by_file)


if __name__ == "__main__":
    main()
