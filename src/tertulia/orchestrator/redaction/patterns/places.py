"""Postal addresses as English, German, French and Southern European people write them.

A street is known by its word (Street, rue, calle, -straße) beside a number. Words that are streets and much else (Park,
View, Point) count only with a flat or a postcode behind them. A town is taken along where it follows.
"""

import re

from tertulia.orchestrator.redaction.patterns.form import Form, form

_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Parkway|"
    r"Pkwy|Highway|"
    r"Hwy|Circle|Cir|Trail|Trl|Close|Crescent|Cres|Gardens|Grove|Row|Alley|Mews|Quay|Plaza|Expressway|Turnpike|"
    r"Freeway|Causeway|"
    r"Crossing|Bypass|Throughway|Trafficway|Motorway|Overpass|Underpass|Viaduct|Stravenue|Crossroads?)\b\.?"
)
PERHAPS_A_STREET = (
    r"(?:Way|Walk|Loop|Route|Bridge|Hills?|Heights|Park|Ridge|View|Village|Valley|Vista|Points?|Pass|Path|Pike|Mall|"
    r"Manor|"
    r"Meadows?|Mills?|Mission|Mount|Mountains?|Orchard|Oval|Plains?|Ports?|Prairie|Ramp|Ranch|Rapids?|River|Run|"
    r"Shoals?|Shores?|"
    r"Skyway|Springs?|Spurs?|Station|Stream|Summit|Trace|Track|Tunnel|Unions?|Via|Ville|Walks|Wall|Wells?|Annex|"
    r"Arcade|Bayou|Beach|"
    r"Bend|Bluffs?|Bottom|Branch|Brooks?|Burgs?|Camp|Canyon|Cape|Centers?|Circles|Cliffs?|Club|Common|Corners?|Course|"
    r"Courts|Coves?|"
    r"Creek|Crest|Curve|Dale|Dam|Divide|Drives|Estates?|Extensions?|Falls?|Ferry|Fields?|Flats?|Fords?|Forest|Forges?|"
    r"Forks?|"
    r"Fort|Garden|Gateway|Glens?|Greens?|Groves|Harbors?|Haven|Hollow|Inlet|Islands?|Isle|Junctions?|Keys?|Knolls?|"
    r"Lakes?|Land|"
    r"Landing|Lights?|Loaf|Locks?|Lodge|Neck|Passage|Parks|Parkways|Pines?|Radial|Rest|Roads|Squares|Streets)\b"
)
_WORD = r"[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}"
_UNIT = r",?\s(?:(?i:apt|apartment|suite|ste|unit|flat|floor|room|rm)\.?\s|#\s?)[A-Za-z0-9-]{1,6}\b"
_POSTCODE = (
    r"(?:[0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9][A-Z]{2}|[A-Z][0-9][A-Z]\s?[0-9][A-Z][0-9]|[0-9]{4})\b"
)
_TOWN = rf",?\s{{1,2}}(?:RD\s[0-9]{{1,2}},?\s)?(?:{_WORD}(?:\s{_WORD}){{0,3}},?\s)?(?:[A-Z]{{2,3}}\s)?{_POSTCODE}"
_TOWN_ALONE = rf",\s{_WORD}(?:\s{_WORD}){{0,2}}(?:,\s[A-Z]{{2}}\b)?"
_ENGLISH = (
    rf"(?<![\w.-])(?:(?:Flat|Studio|Apartment|Apt\.?|Unit|"
    rf"Suite)\s(?:[0-9]{{1,4}}[A-Za-z]?,?\s)?)?(?:[0-9]{{1,4}}[A-Za-z]?/)?[0-9]{{1,6}}[A-Za-z]?(?:-[0-9]{{1,5}})?,?\s(?:[NSEW]\.?\s)?"
    rf"(?:{_WORD}\.?\s|[0-9]{{1,3}}(?:st|nd|rd|th)\s){{1,4}}?"
    rf"(?:{_STREET}(?:{_UNIT})?(?:{_TOWN}|{_TOWN_ALONE})?|{PERHAPS_A_STREET}(?:{_UNIT}(?:{_TOWN}|{_TOWN_ALONE})?|{_TOWN}))"
)
_DOOR = (
    r"(?:,?\s(?:[0-9]{1,2}\s?[ºª°]\.?(?:\s(?:[A-Z]|izq|dcha|esq|dto|int)\b\.?)?|(?i:bajo|ático|piso|puerta|piano|"
    r"appartamento|interno|int\.|scala|andar|apto?\.?)"
    r"(?:\s[0-9A-Z]{1,3})?\b)){0,3}"
)
_SOUTHERN = (
    r"\b(?:[Cc]alle|C/|[Aa]venida|[Aa]vda\.?|[Pp]aseo|[Pp]laza|[Cc]arrer|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Rr]ua|"
    r"[Pp]raça)\s?"
    rf"(?:(?:de|del|della|da|do|dos|la|las|los)\s){{0,2}}{_WORD}(?:\s(?:(?:de|del|la|y|"
    rf"e)\s)?{_WORD}){{0,3}},?\s(?:n[ºo°.]{{1,2}}\s?)?"
    rf"[0-9]{{1,5}}\b{_DOOR}(?:,?\s(?:[0-9]{{4,5}}(?:-[0-9]{{3}})?\s)?{_WORD}(?:\s(?:d[aeo]s?\s)?{_WORD})?"
    rf"(?:\s\(?[A-Z]{{2}}\b\)?)?)?"
)
_HOUSE = r"[0-9]{1,4}(?:\s?[a-zA-Z])?\b(?:[/-](?:[0-9]{1,4}[a-z]?|[IVX]{1,5}|[A-Z])\b){0,3}"
_GERMAN = (
    r"\b(?:[A-ZÄÖÜ][a-zäöüß.-]{1,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm|ring|laan|straat|plein|"
    r"gracht)"
    rf"|(?:{_WORD}\.?-){{1,3}}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Gasse|Ufer|Damm)|[A-ZÄÖÜ][a-zäöüß]{{2,30}}e[rn]?\s(?:Straße|Strasse|"
    rf"Str\.|Weg|Platz|Allee|Ring|Gasse|Ufer|Damm)),?\s{_HOUSE}"
    rf"(?:,?\s[0-9]{{4,5}}(?:\s?[A-Z]{{2}})?\s{_WORD}(?:\s(?!Tel|Fax|Mobil|Handy|Deutschland){_WORD})?)?"
)
_RUE = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Aa]llée|[Ii]mpasse|[Qq]uai|[Cc]ours)\s"
    rf"(?:(?:de|du|des|la|le)\s|(?:de\s)?[dl]['’]){{0,2}}{_WORD}(?:\s(?:de\s)?{_WORD}){{0,3}}"
)
_VILLE = rf",?\s[0-9]{{5}}\s{_WORD}(?:\s{_WORD})?"
_FRENCH = rf"(?<![\w-])(?:[0-9]{{1,4}}(?:\s?(?:bis|ter))?,?\s{_RUE}(?:{_VILLE})?|{_RUE}{_VILLE})"
_CITY = rf"{_WORD}(?:[\s-](?:(?:ter|ten|aan|am|an|im|op|den|der|de|del|do|da|sur|la|le|les)\s){{0,2}}{_WORD}){{0,3}}"
_STREET_AND_NUMBER = (
    rf"(?<![\w-])(?:(?:{_WORD}\.?|de|den|der|dem|del|della|di|da|das|do|dos|la|las|"
    rf"los)\s){{0,5}}{_WORD},?\s{_HOUSE}{_DOOR}\s?,\s"
)
_CODE = (
    r"(?:[A-Z]{1,2}-)?(?:[0-9]{5}(?:-[0-9]{3})?|[0-9]{4}(?:\s[A-Z]{2}|-[0-9]{3})?|[0-9]{2}-[0-9]{3}|[0-9]{3}\s[0-9]{2})"
)
_BY_POSTCODE = rf"{_STREET_AND_NUMBER}{_CODE},?\s{_CITY}(?:\s\([A-Z]{{2}}\))?"
_BY_POSTCODE_LAST = rf"{_STREET_AND_NUMBER}{_CITY},\s(?:[0-9]{{5}}|[0-9]{{4}}-[0-9]{{3}})(?![\w-])"
"""Whatever the street is called: a number, a postcode and a town tell ("Am Markt 7, 28195 Bremen")."""

_BOX = rf"\b[Pp]\.?\s?[Oo]\.?\s?[Bb]ox\s[0-9]{{1,6}}(?:{_TOWN}|{_TOWN_ALONE})?"


_DATE = re.compile(
    r"(?:[0-9]{1,2}\s)?(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)


def no_date(text: str) -> bool:
    """What is written as a street with its number and a postcode is: "December 28, 1938"."""
    return _DATE.match(text) is None


def forms() -> tuple[Form, ...]:
    return (
        form("ADDRESS", _BY_POSTCODE, r"[0-9A-Za-z]\s?,\s(?:[A-Z]{1,2}-)?[0-9]{2}[0-9-]", no_date),
        form("ADDRESS", _BY_POSTCODE_LAST, r"[A-Za-z],\s[0-9]{4}", no_date),
        form("ADDRESS", _ENGLISH, r"[0-9][A-Za-z]?,?\s[A-Z0-9]"),
        form("ADDRESS", _SOUTHERN, r"[^\W_],?\s(?:n[ºo°.]{1,2}\s?)?[0-9]"),
        form(
            "ADDRESS", _GERMAN, r"(?:tr(?:aße|asse|\.)|[Ww]eg|latz|llee|asse|fer|amm|ing|aan|raat|lein|racht),?\s[0-9]"
        ),
        form("ADDRESS", _FRENCH, r"[Rr]ue|venue|oulevard|[Pp]lace|hemin|llée|mpasse|[Qq]uai|[Cc]ours"),
        form("ADDRESS", _BOX, r"[Bb]ox\s[0-9]"),
    )
