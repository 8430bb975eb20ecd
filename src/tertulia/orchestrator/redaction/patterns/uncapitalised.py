"""Postal addresses as people type them in a hurry: "12 baker street, london nw1 6xe", "hauptstraße 12, 10115 berlin".

Without capitals a street is a word like any other ("a 4 lane road", "la calle tiene 5 metros"). So something more must
tell: a postcode with its town behind, words before it that lead to a place ("we live at"), or a line of its own; and no
word in it may be one that measures or joins.
"""

from tertulia.orchestrator.redaction.patterns.form import Form, form

_NO_NAME = (
    r"(?!(?:a|an|and|any|are|as|at|be|bedroom|best|big|bit|busy|but|by|close|court|cross|days?|different|dirt|down|"
    r"drive|few|"
    r"floor|for|from|gb|good|hard|has|have|hours?|in|into|is|it|kilomet(?:er|re)s?|km|lane|long|metres?|meters?|miles?|"
    r"min(?:ute)?s?|months?|more|most|my|nice|of|off|on|or|other|our|out|over|people|percent|places?|plus|points?|"
    r"pm|am|right|road|same|seconds?|separate|side|small|square|star|street|such|than|that|the|their|then|there|these|"
    r"this|to|"
    r"top|until|up|usb|was|way|weeks?|were|with|years?|your)\b)"
)
_WORD = rf"{_NO_NAME}[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_])){{0,30}}"
_STREET = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|parkway|pkwy|"
    r"highway|hwy|circle|trail|close|crescent|gardens|grove|row|alley|mews|way)\b\.?(?:\s(?:[ns][ew]?|[ew])\b\.?)?"
    r"(?:,?\s(?:(?:apt|apartment|suite|ste|unit|flat|floor|room)\.?\s|#\s?)[a-z0-9-]{1,6}\b)?"
)
_POSTCODE = (
    r"(?:[a-z]{1,2}[0-9][a-z0-9]?\s?[0-9][a-z]{2}|[a-z][0-9][a-z]\s?[0-9][a-z][0-9]"
    r"|(?:[a-z]{2},?\s)?[0-9]{5}(?:-[0-9]{4})?|(?!19|20)[0-9]{4})\b"
)
_TOWN = rf"(?:,?\s{_WORD}(?:\s{_WORD}){{0,3}})?,?\s{_POSTCODE}"
_TOWN_ALONE = (
    rf"(?:,\s{_WORD}(?:\s{_WORD})?(?=[.,;:!?)\n]|\Z)"
    r"|\s(?!(?:last|next|today|tomorrow|yesterday|tonight|now|please|pls|since|when|where|which|who|if|so|because|"
    r"near)\b)"
    rf"{_WORD}(?=[.,;:!?)\n]|\Z))"
)
_FIRST = r"[0-9](?<![\w.,/-][0-9])"
"""A digit with nothing before it: what begins with a digit is found much sooner than what begins with a condition."""

_ON_A_LINE = r"[0-9](?<![^\n][0-9])"
_ENGLISH = (
    r"(?i:[0-9]{0,4}[a-z]?,?\s(?:(?:[ns][ew]?|[ew])\.?\s)?"
    rf"(?:{_WORD}|[0-9]{{1,3}}(?:st|nd|rd|th))(?:\s{_WORD}){{0,2}}?\s{_STREET})"
)
LEADS_TO_A_PLACE = (
    r"(?i:\b(?:at|from|(?:address|location|office|home|house)(?:\sis)?:?|(?:liv(?:e|es|ed|ing)|based|located)\s(?:on|"
    r"in)|"
    r"(?:mov(?:e|ed|ing)|deliver|delivered|ship|shipped|send|sent|mail|mailed|post|posted|go|come|get|drive|taxi|cab|"
    r"uber|it|them|"
    r"parcel|package)\sto)\s)"
)
_END = r"(?=\s{0,2}(?:[.,;:!?)\n]|\Z)|\s(?!(?:of|corners?|lights?|signs?|trips?|works|views?|names?)\b))"

_NO_MEASURE = (
    r"(?!\s?(?:k?m|kilom\w{2,10}|chilom\w{2,8}|metros?|meters?|metri|mètres?|minut\w{0,4}|min|stunden|horas?|ore|"
    r"heures?|hours?|uhr|"
    r"jahren?|años?|anos?|anni|ans|hops|times|mal|veces|volte|%)\b)"
)
_CITY = (
    rf"(?:d-)?[0-9]{{4,5}}(?:-[0-9]{{3}})?(?:\s[a-z]{{2}})?\s{_WORD}"
    rf"(?:\s(?:am|an\sder|im|sur|de|del|la|ter)\s{_WORD})?"
)
_HOUSE = rf"[0-9]{{1,4}}(?:[-/][0-9]{{1,4}})?\s?[a-z]?\b{_NO_MEASURE}"
_GERMAN = (
    r"(?i:(?<!\w)(?:[^\W\d_]{2,30}-){0,2}[^\W\d_]{0,30}"
    rf"(?:(?:straße|strasse|str\.|gasse|allee|straat|gracht|laan),?\s{_HOUSE}(?:,?\s{_CITY})?"
    rf"|(?:weg|platz|ring|damm|ufer|plein|vägen|gatan|gränd|vej|gade|stræde|katu|kuja|polku|bulevardi|tie|dreef|singel),?\s{_HOUSE},?\s{_CITY}))"
)
_DE = r"(?:(?:de|du|des|la|le|les)\s|(?:de\s)?[dl]['’]){0,2}"
_NO_VERB = (
    r"(?!(?:tiene|tenía|está|es|era|con|en|hay|se|por|para|desde|mide|è|era|ha|con|lunga|lungo|tem|tinha|é|fica|são|"
    r"no|na|"
    r"port|of|number|the)\b)"
)
_OF = r"(?:(?:de|del|della|delle|dei|da|das|do|dos|la|las|los|l)\s|dell['’]\s?){0,2}"
_NAMED = rf"{_OF}{_NO_VERB}{_WORD}(?:\s{_OF}{_NO_VERB}{_WORD}){{0,3}},?\s(?:n[ºo°.]{{1,2}}\s?)?{_HOUSE}"
_SOUTHERN = (
    rf"(?i:\b(?:(?:(?:calle|avenida|avda\.?|paseo|carrer|travessa|rua)\s|c/\s?){_NAMED}(?:,?\s{_CITY}|"
    rf",\s{_WORD}(?=[.,;:!?)\n]|\Z))?"
    rf"|(?:via|viale|piazza|corso|plaza|praça|largo)\s{_NAMED},?\s{_CITY}"
    rf"|(?:(?<=\bin\s)|(?<=\ba\s))(?:via|viale|piazza|corso)\s{_NAMED}))"
)
_RUE = (
    rf"(?i:[0-9]{{0,3}}(?:\s?(?:bis|ter))?,?\s(?:(?:rue|boulevard|bd|avenue|av\.|chemin|impasse|allée|quai|place|"
    rf"cours)\s{_DE}{_WORD}"
    rf"(?:\s(?:(?:de|du|des|la|le)\s){{0,2}}{_WORD}){{0,3}}?,?\s[0-9]{{5}}\s{_WORD}"
    rf"|rue\s{_DE}{_WORD}(?:\s(?!(?:et|ou|à|au|le|la|pour|avec|demain|est|dans|sont)\b){_WORD})?))"
)


_SOUTHERN_WORDS = (
    "calle ", "avenida ", "avda", "paseo ", "carrer ", "travessa ", "rua ", "via ", "viale ", "piazza ", "corso ",
    "plaza ", "praça ", "largo ", "c/",
)  # fmt: skip


def forms() -> tuple[Form, ...]:
    number_and_word = r"[0-9][A-Za-z]?,?\s(?:[^\W\d_]|[0-9]{1,3}[snrt])"
    return (
        form("ADDRESS", f"{_FIRST}{_RUE}", r"[0-9rs],?\s[rbacipqRBACIPQ][A-Za-zé.]{1,8}\s"),
        form("ADDRESS", f"{_FIRST}{_ENGLISH}(?i:{_TOWN})", number_and_word),
        form("ADDRESS", f"{_FIRST}{_ENGLISH}(?i:{_TOWN_ALONE})?{_END}", number_and_word, after=LEADS_TO_A_PLACE),
        form("ADDRESS", rf"{_ON_A_LINE}{_ENGLISH}(?i:{_TOWN_ALONE})?(?=\.?\s{{0,2}}(?:\n|\Z))", number_and_word),
        form(
            "ADDRESS",
            _GERMAN,
            r"(?:tr(?:aße|asse|\.|aat)|asse|llee|racht|aan|weg|latz|ing|amm|fer|lein|gen|tan|änd|vej|ade|ræde|atu|uja|lku|ardi|tie|reef|gel),?\s[0-9]",
        ),
        form(
            "ADDRESS",
            _SOUTHERN,
            _SOUTHERN_WORDS,
        ),
    )
