"""Passwords and keys that have no form: known by what they are called, in code, in settings and in sentences.

"my password is Winter2024!", ``JWT_SECRET=…``, "hasło: Kotek123!". A word in that place is not enough ("the password
is required", ``password = user.password``): what is called a password must not look like one, or like a name in code;
what is called a key or a token must be long and mixed.
"""

import re

from tertulia.orchestrator.redaction.patterns.form import Form, form

_CALLED = (
    r"(?:(?:pg|db|my)?_?pass(?:word|wd|phrase|code|wort)?s?|p(?:ss|g)?wd|kennwort|contraseña|clave|mot\sde\spasse|mdp|"
    r"hasło|haslo|пароль|senha|"
    r"palavra-passe|parola(?:\sd.ordine)?|şifre(?:m|si)?|wachtwoord|lösenord)"
)
_IS = r"(?:is|was|ist|lautet|war|es|est|è|é|to|jest|это|olarak)"
_AFTER_PASSWORD = (
    rf"(?i:(?<![^\W\d_]){_CALLED}[\"'`*]{{0,3}}(?:\s(?![\w]{{1,20}}\s?\()[^\W\d_]{{1,15}}|"
    rf"\s\([^()\n]{{1,20}}\)){{0,4}}?"
    rf"(?:\s{{0,3}}(?:[:=]|=>|:=)\s{{0,3}}|\s{_IS}\s(?:now\s|still\s)?)[\"'`*]{{0,3}})"
)
_MIXED = (
    r"(?<!\w)(?=(?P<value>(?=[^\s\"'`,;]{0,99}[0-9!@#$^&*?~])"
    r"(?=[^\s\"'`,;]{0,99}[^\W\d_])[^\s\"'`,;()\[\]<>{}]{6,100}(?<![.:|])))"
)
"""Looks ahead only: what it is called by stands before it without a space."""

_NEXT_TO_PASSWORD = rf"(?i:(?<![^\W\d_])(?:{_CALLED})[\"'`*]{{0,3}}\s)"
_AS_MIXED_AS_CAN_BE = (
    r"(?<!\S)(?=\S{0,99}[0-9])(?=\S{0,99}[^\W\d_])(?=\S{0,99}(?:[A-ZÀ-Þ]|"
    r"[!@#$^&*?~_]))[^\s\"'`,;()\[\]<>{}/]{8,100}(?<![.:|])"
)
_IN_QUOTES = r"[:=]\s{0,3}([\"'])(?P<value>[^\s\"'$<{][^\s\"']{5,99})\1"
_IN_BRACKETS = (
    r"\((?P<value>(?=[^\s()]{0,60}[0-9])(?=[^\s()]{0,60}[^\W\d_])(?=[^\s()]{0,60}(?:[!@#$^&*?~]|[A-Z]))[^\s()\"'`]"
    r"{8,60})\)"
)
_PASSED = r"(?<!\S)-p[\"']?(?P<value>(?=[^\s\"']{0,60}[0-9!@#$^&*?~])[^\s\"'$<{-][^\s\"']{5,60})"
"""To a client of a database: ``mysql -u root -p'…'``."""

_WITH_A_LOGIN = (
    r"(?i:(?<![^\W\d_])(?:log-?in|user(?:name)?|account|admin|root|credentials?|creds|guest|wi-?fi|pass(?:word|code)?s?|pw)\b[^"
    r"\n]{0,40}?\s?[/|]\s?)"
)
_AS_AN_ARGUMENT = r",\s{0,2}([\"'])(?P<value>[^\s\"'$<{][^\s\"']{5,99})\1"
_AT_ONCE = r"=(?P<value>[a-z0-9]{2,30}(?:-[a-z0-9]{2,30}){1,5})(?![\w.(-])"
_AFTER_ITS_NAME = rf"(?i:(?<![^\W\d_]){_CALLED}[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?)"
_PIN = (
    r"(?i:(?<![\w-])(?:pin(?:[\s-](?:code|number))?|(?:pass|door|gate|alarm|access|security)\s?code|geheimzahl|"
    r"code\s(?:pin|secret)|codice\spin)"
    r"(?:\sfor(?:\s[a-z]{1,12}){1,3})?\s?(?:[:=]|is|ist|est|es|è)\s{0,2})(?P<value>[0-9]{4,8})(?![\w.:/-])"
)
_LONG = (
    r"(?<![A-Za-z0-9+/_~%.-])(?=[^0-9\s]{0,60}[0-9])"
    r"[A-Za-z0-9+/_~%-][A-Za-z0-9+/_~%.-]{14,254}[A-Za-z0-9+/_~%-]={0,2}(?![A-Za-z0-9_/-])"
)
_AFTER_A_KEY = (
    r"(?i:(?:(?<!public)(?<!public[_-])(?<!primary)(?<!primary[_-])(?<!foreign[_-])(?<!cache[_-])(?<!partition[_-])"
    r"(?<!sort[_-])"
    r"(?<!idempotency[_-])(?<!object[_-])(?<!s3[_-])(?<!page[_-])(?<!row[_-])key|"
    r"(?<!next[_-])(?<!page[_-])(?<!nextpage)(?<!cancel)token|secret|"
    r"[?&]sig(?:nature)?|hmac|credentials?|cookie|session[_-]?id|apikey|jeton|schlüssel|chiave|klucz|токен|ключ)"
    r"(?:[_-][a-z0-9]{1,10}){0,2}[\"'`*]{0,3}(?:\s{0,3}(?:[:=]|=>|:=)\s{0,3}|\s(?:(?:is|was|ist|est|es|to)\s)?)[\"'"
    r"`*(<]{0,2})"
)
_WORDS = re.compile(
    r"[a-z]{10}|(?:[A-Za-z]{3,}[_./-]){2}|\A(?:your|my|the|test|example|sample|change|dummy|insert|xxx|env|process|"
    r"os)\b"
)
"""What a key in the sense of a name is made of."""

_IN_CODE = re.compile(
    r"\$(?:[({]|\w+\Z)|%(?:[({]|[sd]\Z|\w+%)|https?:|(?:[A-Za-z_]\w*\.)+[A-Za-z_]|\w+::|.*(?:\*{3}|\.{3}|x{4}|X{4})|"
    r"(?i:your|my|the|example|sample|changeme|dummy|insert|redacted|hidden|required|string|password|passwd|secret|"
    r"none|null|undefined|optional|"
    r"invalid|incorrect|wrong|reset|must|should|at-least|field)(?![a-z0-9]{3}.*[0-9!@#$])"
)


_PASSWORDS = (
    "pass",
    "wd",
    "kennwort",
    "contrase",
    "clave",
    "mdp",
    "haslo",
    "hasło",
    "парол",
    "senha",
    "parola",
    "şifre",
    "sifre",
    "wachtw",
    "lösen",
)
_KEYS = (
    "key",
    "token",
    "secret",
    "sig",
    "hmac",
    "credential",
    "cookie",
    "session",
    "jeton",
    "schlüssel",
    "chiave",
    "klucz",
    "токен",
    "ключ",
)


def forms() -> tuple[Form, ...]:
    return (
        form("SECRET", _IN_QUOTES, r"[:=]\s{0,3}[\"']", _no_code, after=_AFTER_ITS_NAME),
        form("SECRET", _MIXED, _PASSWORDS, _no_code, after=_AFTER_PASSWORD),
        form("SECRET", _AS_MIXED_AS_CAN_BE, _PASSWORDS, _no_code, after=_NEXT_TO_PASSWORD),
        form("SECRET", _AS_MIXED_AS_CAN_BE, r"[/|]\s\S", _no_code, after=_WITH_A_LOGIN),
        form("SECRET", _IN_BRACKETS, r"\(\S{8,60}\)", _no_code, after=rf"(?i:(?<![^\W\d_])(?:{_CALLED})\s?\()"),
        form(
            "SECRET",
            _PASSED,
            r"\s-p[\"']?\S",
            _no_code,
            after=r"(?:mysql|mysqldump|mariadb|mongo|mongosh|psql|redis-cli|sshpass|zip|7z)\b[^\n]{0,50}",
        ),
        form(
            "SECRET",
            _AS_AN_ARGUMENT,
            r",\s{0,2}[\"']",
            _no_code,
            after=rf"(?i:[._\"'-]{_CALLED})[\"']\s{{0,2}},\s{{0,2}}[\"']",
        ),
        form("SECRET", _AT_ONCE, r"=[a-z0-9]{2,30}-", _no_code, after=_AFTER_ITS_NAME),
        form("SECRET", _PIN, ("pin", "code", "geheimzahl", "codice")),
        form("SECRET", _LONG, _KEYS, _random, after=_AFTER_A_KEY),
    )


def _no_code(text: str) -> bool:
    return _IN_CODE.match(text) is None and len(set(text)) > 2  # noqa: PLR2004 - "********", "xxxxxxxx"


def _random(text: str) -> bool:
    digits = sum(one.isdigit() for one in text)
    return digits > 1 and digits < len(text) and _WORDS.search(text) is None
