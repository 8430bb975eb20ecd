"""Numbers that a state gives to a person. Those without a checksum have a form that little else has."""

from tertulia.orchestrator.redaction.patterns.form import Form, digits_of, form
from tertulia.orchestrator.redaction.patterns.money import luhn

_SSN = r"(?<![\w-])(?:[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{3} [0-9]{2} [0-9]{4})(?![\w-])"
_NINO = r"(?i)\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b"
_DNI = r"(?<![\w.-])(?:[XYZxyz]-?[0-9]{7}|[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3})-?[A-Za-z](?![\w-])"
_NIR = (
    r"(?<![\w-])[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![\w-])"
)
_CODICE_FISCALE = r"\b[A-Za-z]{6}[0-9L-Vl-v]{2}[A-EHLMPR-Ta-ehlmpr-t][0-9L-Vl-v]{2}[A-Za-z][0-9L-Vl-v]{3}[A-Za-z]\b"
_STEUER_ID = r"(?<![\w.,+-])[1-9][0-9](?:[0-9]{9}|(?: [0-9]{3}){3})(?![\w-])"
_CPF = r"(?<![\w.-])[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![\w-])"
_AADHAAR = r"(?<![\w-])(?<![0-9] )[2-9][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}(?![\w-])(?! [0-9])"
_PERSONNUMMER = r"(?<![\w-])(?:19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[-+][0-9]{4}(?![\w-])"

_BORN = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_PESEL = r"(?<![\w.,+-])[0-9]{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{5}(?![\w-])"
_AHV = r"(?<![\w.-])756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}(?![\w-])"
_PAN = r"\b[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]\b"
_CURP = rf"\b[A-Z]{{4}}[0-9]{{2}}{_BORN}[HMX][A-Z]{{5}}[A-Z0-9][0-9]\b"
_RESIDENT = rf"(?<![A-Za-z0-9.,+-])[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{_BORN}[0-9]{{3}}[0-9Xx](?![A-Za-z0-9-])"
_KOREAN = rf"(?<![\w-])[0-9]{{2}}{_BORN}-[1-8][0-9]{{6}}(?![\w-])"
_MY_NUMBER = r"[0-9]{4}(?<![\w.-][0-9]{4})([ -]?)[0-9]{4}\1[0-9]{4}(?![\w-])"
"""Japan's is called so, and has twelve digits; others say it of a telephone."""

_OF = (
    r"[\"'`*)]{0,3}\.?(?:[\s_-]{1,2}(?:number|numéro|numero|número|numer|numaram?|nummer|no|nr|num|id|card|is|was|es|"
    r"est|ist|é|è|to|lautet|code|"
    r"n[°º.]{1,2})(?![^\W\d_])\.?){0,3}[\"'`*]{0,3}[\s:#=|]{1,3}[\"'`*]{0,3}"
)
_AFTER_SSN = rf"(?i:(?<![a-z])(?:ssn|social[\s_-]security|social){_OF})"
_WORDS = (
    r"national[\s_-](?:id|identity|insurance)|ni(?=[\s_](?:number|no))|nino|personal[\s_-]id|identity[\s_-]card|"
    r"id[\s_-]card|tax[\s_-](?:id|file|number)|"
    r"tin|tfn|sin|bsn|nhs|medicare|insurance[\s_-]number|driv(?:er|ing)'?s?[\s_-](?:licen[cs]e|permit)|dl(?=[\s:#])|(?<!software\s)(?<!product\s)licen[cs]e|"
    r"aadhaar|aadhar|curp|personal[\s_-](?:number|code)|citizen[\s_-](?:id|number)|"
    r"steuer-?id|id-?nr|steuer(?:identifikations)?nummer|(?:personal)?ausweis(?:nummer|-nr)?|führerschein(?:nummer)?|"
    r"sozialversicherungsnummer|burgerservicenummer|rijksregisternummer|nif|nie|dni|"
    r"documento(?:\snacional)?(?:\sde\sidentidad)?|"
    r"cédula|rut|rg|cpf|contribuinte|cartão\sde\scidadão|codice\sfiscale|carta\sd.identità|patente|sécurité\ssociale|"
    r"sécu|"
    r"carte\s(?:nationale\s)?d.identité|permis(?:\sde\sconduire)?|pesel|nip|dow(?:ód|odu)(?:\sosobist\w{1,3})?|"
    r"prawo\sjazdy|personnummer|cpr|"
    r"(?:t\.?c\.?\s)?kimlik|снилс|инн|удостоверени[ея]"
)
_AFTER_A_WORD = rf"(?i:(?<![^\W\d_])(?:{_WORDS})(?:\s?\([^()\n]{{1,20}}\))?{_OF})"
_NUMBER = (
    r"(?<![\w.-])(?<![0-9][\s:#=|])(?=(?P<value>[A-Z0-9](?:(?<=[0-9])(?:[ .-]?[0-9]){5,14}"
    r"|(?:(?<=[A-Z])[A-Z]{0,4}[ -](?=[0-9]))?(?<=[A-Z0-9 -])[A-Z]{0,7}[0-9][A-Z0-9]{1,16}(?:[ -]"
    r"(?=[A-Z]?[0-9])[A-Z0-9]{1,6}){0,5}(?:[ -][A-Z])?)(?![\w-])))"
)
"""Looks ahead only: the word before it may be in capitals. No word ends in a digit: rows of them cost nothing."""

_SNILS = r"(?<![\w-])[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}(?![\w-])"
_TC = r"(?<![\w.,+-])[1-9][0-9]{10}(?![\w-])"


def forms() -> tuple[Form, ...]:
    return (
        form("SSN", _SSN, r"[0-9]{3}[- ][0-9]{2}[- ]", _ssn),
        form("SSN", r"(?<![\w.-])[0-9]{9}(?![\w-])", r"[0-9]{9}", _ssn, after=_AFTER_SSN),
        form("NATIONAL_ID", _NINO, r"[A-Za-z]{2} ?[0-9]{2}"),
        form("NATIONAL_ID", _DNI, r"[0-9]{3}-?[A-Za-z]|[XYZxyz]-?[0-9]{7}", _dni),
        form("NATIONAL_ID", _NIR, r"[12] ?[0-9]{2} ?[0-9]{2}", _nir),
        form("NATIONAL_ID", _CODICE_FISCALE, r"[A-Za-z]{6}[0-9L-Vl-v]{2}", _codice_fiscale),
        form("NATIONAL_ID", _STEUER_ID, r"[0-9]{11}|[0-9]{2}(?: [0-9]{3}){3}", _steuer_id),
        form("NATIONAL_ID", _CPF, r"[0-9]\.[0-9]{3}\.[0-9]{3}-", _cpf),
        form("NATIONAL_ID", _AADHAAR, r"[0-9]{4}[ -][0-9]{4}", _aadhaar),
        form("NATIONAL_ID", _PERSONNUMMER, r"[0-9]{6}[-+][0-9]{4}", _personnummer),
        form("NATIONAL_ID", _PESEL, r"[0-9]{11}", _pesel),
        form("NATIONAL_ID", _AHV, r"756\.", _ahv),
        form("NATIONAL_ID", _PAN, r"[A-Z]{5}[0-9]{4}"),
        form("NATIONAL_ID", _CURP, r"[A-Z]{4}[0-9]{6}"),
        form("NATIONAL_ID", _RESIDENT, r"[0-9]{17}", _resident),
        form("NATIONAL_ID", _KOREAN, r"[0-9]{6}-[1-8]"),
        form("NATIONAL_ID", _MY_NUMBER, r"[0-9]{4}[ -]?[0-9]{4}", after=rf"(?i:(?<![a-z])my[\s_]number{_OF})"),
        form("NATIONAL_ID", _SNILS, r"[0-9]{3}-[0-9]{3}-[0-9]{3}", _snils),
        form("NATIONAL_ID", _TC, r"[0-9]{11}", _turkish),
        form("NATIONAL_ID", _NUMBER, r"[0-9](?:[ .-]?[A-Z0-9]){3}", _numerous, after=_AFTER_A_WORD),
    )


def _ssn(text: str) -> bool:
    """Areas, groups and serials that the Social Security Administration never gives out are no numbers."""
    digits = digits_of(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def _dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number's remainder by 23."""
    plain = text.upper().replace("-", "").replace(".", "")
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def _nir(text: str) -> bool:
    """France: the last two digits complete the others to a multiple of 97; Corsica counts as 19 and 18."""
    plain = text.replace(" ", "").replace("2A", "19").replace("2B", "18")
    return 97 - int(plain[:-2]) % 97 == int(plain[-2:])


_ODD = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip
"""What a letter counts for at an odd place, A to Z; a digit counts as the letter of its number."""


def _codice_fiscale(text: str) -> bool:
    """Italy: characters at odd places count by a table, those at even ones by themselves; the sum by 26 is the last."""
    numbers = [int(one) if one.isdigit() else ord(one) - ord("A") for one in text.upper()]
    return (sum(_ODD[number] for number in numbers[0:15:2]) + sum(numbers[1:15:2])) % 26 == numbers[15]


def _steuer_id(text: str) -> bool:
    """Germany: ISO 7064 MOD 11,10, and of the first ten digits exactly one comes twice or three times."""
    digits = digits_of(text)
    repeated = [digits[:10].count(one) for one in set(digits[:10]) if digits[:10].count(one) > 1]
    if len(repeated) != 1 or repeated[0] not in (2, 3):
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def _cpf(text: str) -> bool:
    """Brazil: each of the last two digits is a weighted sum of those before it, by 11."""
    digits = digits_of(text)
    for length in (9, 10):
        total = sum(int(digit) * weight for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return len(set(digits)) > 1


_DIHEDRAL = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def _aadhaar(text: str) -> bool:
    """India: Verhoeff's checksum."""
    total = 0
    for place, digit in enumerate(reversed(digits_of(text))):
        total = int(_DIHEDRAL[total][int(_PERMUTED[place % 8][int(digit)])])
    return total == 0


def _personnummer(text: str) -> bool:
    """Sweden: Luhn over the ten digits without the century."""
    return luhn(digits_of(text)[-10:])


def _pesel(text: str) -> bool:
    """Poland: a weighted sum of all digits ends in 0."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=True)) % 10 == 0


def _ahv(text: str) -> bool:
    """Switzerland: EAN-13."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits_of(text))) % 10 == 0


def _resident(text: str) -> bool:
    """China: ISO 7064 MOD 11-2."""
    total = 0
    for character in text[:17]:
        total = (total + int(character)) * 2 % 11
    return "0123456789X"[(12 - total) % 11] == text[17].upper()


def _numerous(text: str) -> bool:
    return len(digits_of(text)) > 3  # noqa: PLR2004 - a word with a figure is no number


def _snils(text: str) -> bool:
    """Russia: each of nine digits by its place from the end, by 101."""
    digits = digits_of(text)
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


def _turkish(text: str) -> bool:
    """Turkey: two digits complete the other nine."""
    digits = [int(digit) for digit in text]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10
