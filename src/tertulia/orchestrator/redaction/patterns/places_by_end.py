"""Postal addresses by their end: a town with its region and postcode tells, whatever the street is called.

"95 Ashlee Link, Barbara View, NT, 2126", "Flat 9, Malcolm Dale, Ipswich, IP1 4BD", "H.No. 53, Roy Circle, Avadi
312918". The parts may stand on lines of their own, as on an envelope. In small letters only what leaves the least doubt
counts.
"""

from tertulia.orchestrator.redaction.patterns.form import Form, form
from tertulia.orchestrator.redaction.patterns.places import PERHAPS_A_STREET, no_date
from tertulia.orchestrator.redaction.patterns.uncapitalised import LEADS_TO_A_PLACE

_WORD = r"[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}"
_ANY_WORD = r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}"
_COMMA = r"(?:\s?,\s{0,2}|\s?\n\s?)"
_STATE = (
    r"(?:A[LKZRSAEP]|C[AOT]|D[EC]|F[LM]|G[AU]|HI|I[DLNA]|K[SY]|LA|M[EDAINSOTHP]|N[EVHJMYCD]|O[HKR]|P[AWR]|RI|S[CD]|"
    r"T[NX]|UT|V[TAI]|W[AVIY])"
)
_MEXICAN_STATE = (
    r"(?:AGS|BCS?|CAMP|CDMX|CHI[SH]|COAH|COL|DF|DGO|GRO|GTO|HGO|JAL|MEX|MICH|MOR|NAY|NL|OAX|PUE|QRO|Q\.\sROO|QR|SIN|"
    r"SLP|SON|TAB|TAMPS|TLAX|VER|YUC|ZAC)"
)
_AUSTRALIAN_STATE = r"(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)"
_BRITISH = r"[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9](?!GB|TB|HZ)[ABD-HJLNP-UW-Z]{2}"
_CANADIAN = r"[A-Z][0-9][A-Z]\s?[0-9][A-Z][0-9]"
_IRISH = r"[A-Z][0-9][0-9W]\s?[A-Z0-9]{4}"
_REGION_AND_CODE = (
    rf"(?:(?:{_STATE}|{_MEXICAN_STATE}),?\s[0-9]{{5}}(?:-[0-9]{{4}})?|{_AUSTRALIAN_STATE},?\s[0-9]{{4}}|"
    rf"[A-Z]{{2}},?\s{_CANADIAN})(?![\w-])"
)
_DOOR_FIRST = (
    r"(?i:flat|studio|apartment|apt\.?|unit|suite|ste\.?|level|lvl|shop|house|h\.?\s?no\.?|door|plot|block|lot)\s?"
    r"(?:(?i:no)\.?\s?)?[0-9]{1,5}[A-Za-z]{0,2}"
)
_NUMBER = r"[0-9]{1,6}[A-Za-z]?(?:[/-][0-9]{1,5}[A-Za-z]?)?"
_BEGINS = rf"(?<![\w./-])(?:{_DOOR_FIRST}(?:{_COMMA}|\s|/)(?:{_NUMBER},?\s)?|{_NUMBER}(?:,\s?|\s))"


def _street(word: str) -> str:
    return (
        rf"(?:(?:rue|boulevard|avenue|chemin|montée|place)\s(?:(?:de|du|des|la|le)\s|[dl]['’]){{0,2}})?"
        rf"{word}\.?(?:\s(?:{word}|[0-9]{{1,3}}(?:st|nd|rd|th))\.?){{0,4}}"
        r"(?:,?\s(?:(?i:apt|apartment|suite|ste|unit|floor|flat)\.?\s|#\s?)[A-Za-z0-9-]{1,6}\b)?"
    )


def _parts(word: str, most: int) -> str:
    """A quarter, and the town."""
    return rf"(?:{_COMMA}(?:RD\s[0-9]{{1,2}}|{word}(?:[ -]{{1,2}}{word}){{0,4}})){{1,{most}}}"


_ENGLISH = rf"{_BEGINS}{_street(_WORD)}{_parts(_WORD, 3)}(?:,?\s{_REGION_AND_CODE}|(?:{_COMMA}|\s){_BRITISH}(?!\w))"
_IN_SMALL_LETTERS = (
    rf"(?i:{_BEGINS}{_street(_ANY_WORD)}{_parts(_ANY_WORD, 2)}(?:,\s{_REGION_AND_CODE}|{_COMMA}{_BRITISH}(?!\w)))"
)
_FLAT = (
    rf"(?<![\w./-])(?:(?:Flat|Studio)\s[0-9]{{1,4}}[A-Za-z]{{0,2}}|H\.\s?No\.\s?[0-9]{{1,4}}),?\s{_WORD}\s{_WORD}(?"
    rf":\s{_WORD})?"
)
_LED_TO = (
    rf"(?<![\w./-])[0-9]{{1,5}}[A-Za-z]?\s{_WORD}(?:\s{_WORD}){{0,2}}\s{PERHAPS_A_STREET}(?:,?\s(?i:apt|apartment|"
    r"suite|ste|unit|flat)\.?\s[A-Za-z0-9-]{1,6}\b)?"
)
_EIRCODE = (
    rf"(?<![\w./-])[0-9]{{1,5}}[A-Za-z]?,?\s{_WORD}(?:\s{_WORD}){{0,3}}(?:{_parts(_WORD, 3)})?(?:{_COMMA}|\s)"
    rf"{_IRISH}(?!\w)(?:\s{_WORD}){{0,2}}"
)
_INDIAN = (
    rf"(?<![\w./-])(?:[Hh]\.?\s?[Nn]o\.?\s?)?[0-9]{{1,4}}(?:/[0-9]{{1,4}})?{_COMMA}{_WORD}(?:\s{_WORD}){{0,4}}"
    rf"{_parts(_WORD, 2)}(?:,?\s|\s?-\s?)[1-9][0-9]{{2}}\s?[0-9]{{3}}(?![\w-])"
)
_MILITARY = (
    r"\b(?:(?:Unit|PSC|CMR)\s[0-9]{1,5},?\s(?:Box|BOX)\s[0-9]{1,5}|US(?:NS|S|CGC|NV)\s[A-Z][a-z]{1,20})"
    rf"{_COMMA}[ADF]PO,?\sA[AEP]\s[0-9]{{5}}(?:-[0-9]{{4}})?(?!\w)"
)

_LANE = r"(?:rue|ruelle|avenue|boulevard|chemin|route|via|viale|calle|avenida|rua|eje\svial)"
_OF = r"(?:d[aeo]s?|del|della|di|la|las|los|le|les|du|des|den|der|dem|van|von|y|e)"
_HOUSE = r"(?:(?:n[ºo°r]{1,2}\.?\s?)?[0-9]{1,5}(?:\s?[a-zA-Z])?\b(?:[/-](?:[0-9]{1,4}[a-z]?|[A-Z])\b){0,2}|S/N\b)"
_DOOR = (
    r"(?:\s?,?\s(?:(?i:apt|apto|piso|puerta|piano|appartamento|interno|interior|edif|depto|dpto|dto|torre|local|"
    r"oficina|bajo|andar|bl|sc|ap)\.?\s{1,2}[0-9A-Z]{1,4}|[0-9]{1,4}\b)){0,4}"
)
_STREET_FIRST = rf"(?<![\w-])(?:(?i:{_LANE})\s)?(?:(?:{_WORD}\.?|{_OF})[ ]){{0,5}}{_WORD},?[ ]{_HOUSE}{_DOOR}"
_TOWN = (
    rf"(?:['’]s-|['’]t\s)?{_WORD}(?:[ -]{{1,2}}(?:(?:ter|ten|aan|am|an|im|op|den|der|de|del|do|da|sur|la|le|"
    rf"les)\s){{0,2}}{_WORD}){{0,3}}['’]?(?:\s(?:nad|pod|ve?|na|ob|los|las|de\sla)\s{_ANY_WORD}(?:\s(?:lesy|"
    r"hor[áa]ch|goricah)\b)?)?"
)
_CODE = (
    r"(?:[A-Z]{1,2}-)?(?:[0-9]{5}(?:-[0-9]{3})?|[0-9]{4}\s?[A-Z]{2}|[0-9]{4}-[0-9]{3}|[0-9]{2}-[0-9]{3}|[0-9]{3}\s["
    r"0-9]{2})"
)
_LAST = r"(?=[ \t]{0,3}(?:[,.;:\"'`|)<]|\n|\Z)|\s[a-z])"
_CODE_FIRST = rf"{_STREET_FIRST}(?:\s?,)?{_COMMA}{_CODE},?(?:\s{{0,2}}\n)?\s?{_TOWN}(?:\s\([A-Z]{{2}}\))?{_LAST}"
_CODE_LAST = rf"{_STREET_FIRST}(?:\s?,)?{_COMMA}{_TOWN},\s(?:{_MEXICAN_STATE}\s)?[0-9]{{5}}(?:-[0-9]{{4}})?(?![\w-])"
_NAMED_STREET = (
    r"[^\W\d_]{2,30}(?:vej|gade|stræde|allé|vænget|vägen|gatan|gränd|torget|katu|tie|polku|kuja|weg|straße|strasse|"
    r"gasse|platz|laan|straat|dreef|hof|plein|ring|singel|pad|gracht|ulica|cesta)"
)
_FOUR_DIGITS = (
    rf"(?<![\w-])(?:{_WORD}[ ]){{0,2}}(?:{_NAMED_STREET}|(?i:allé|utca|út|tér|ulica|cesta|vej)|(?i:rue|avenue|"
    r"boulevard|chemin)(?:\s(?:de|du|des|la|"
    rf"le))?(?:\s{_WORD}){{1,3}})\s{_HOUSE}\.?{_COMMA}(?:[A-Z]{{1,2}}-)?[0-9]{{4}}(?:\s{{0,2}}\n)?\s?{_TOWN}(?:\s\([A-Z]{{2}}\))?{_LAST}"
)
_BRAZILIAN = (
    rf"(?<![\w-])(?:(?:{_WORD}|{_OF})[ ]){{0,5}}{_WORD},\s[0-9]{{1,5}}{_COMMA}(?:[^\n,]{{2,40}}{_COMMA})?[0-9]{{5}}"
    rf"-?[0-9]{{3}}\s"
    rf"(?:(?:{_WORD}|{_OF})\s){{1,5}}/\s[A-Z]{{2}}(?!\w)"
)
_ROMANIAN = (
    r"(?<![\w-])(?:Strada|Str\.|Aleea|Bulevardul|Bd\.|Calea|Soseaua|Șoseaua|Intrarea|Drumul|Splaiul|Piața)(?:\s"
    rf"{_WORD}){{1,3}}(?:\sNr\.\s?[0-9]{{1,4}})?{_DOOR}{_COMMA}{_TOWN}(?:\s\([^)\n]{{2,30}}\))?,\s[0-9]{{6}}(?!\w)"
)


def forms() -> tuple[Form, ...]:
    region_and_code = rf"{_REGION_AND_CODE}|{_BRITISH}"
    code_first = r"[0-9A-Za-z]\s?[,\n]\s{0,2}(?:[A-Z]{1,2}-)?[0-9]{2}[0-9-]"
    return (
        form("ADDRESS", _ENGLISH, region_and_code, no_date),
        form("ADDRESS", _IN_SMALL_LETTERS, rf"(?i:,\s{_REGION_AND_CODE}|,\s{_BRITISH}(?!\w))", no_date),
        form("ADDRESS", _EIRCODE, rf"\s{_IRISH}(?!\w)"),
        form("ADDRESS", _INDIAN, r"[^\W\d_](?:,?\s|\s?-\s?)[1-9][0-9]{2}\s?[0-9]{3}", no_date),
        form("ADDRESS", _MILITARY, r"[ADF]PO"),
        form("ADDRESS", _BRAZILIAN, r"\s/\s[A-Z]{2}(?!\w)"),
        form("ADDRESS", _CODE_FIRST, code_first, no_date),
        form("ADDRESS", _FOUR_DIGITS, code_first),
        form("ADDRESS", _CODE_LAST, r"[A-Za-zÀ-ÿ],\s[A-Z. ]{0,7}[0-9]{5}", no_date),
        form("ADDRESS", _ROMANIAN, r",\s[0-9]{6}"),
        form("ADDRESS", _FLAT, r"Flat|Studio|H\.\s?No"),
        form("ADDRESS", _LED_TO, r"[0-9][A-Za-z]?\s[^\W\d_a-z]", after=LEADS_TO_A_PLACE),
    )
