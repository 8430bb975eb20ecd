"""Keys and tokens: private keys, JWTs, the forms of well-known providers, and what is assigned to a password."""

from tertulia.orchestrator.redaction.patterns.form import Form, form

_PRIVATE_KEY = r"-----BEGIN (?P<what>[A-Z ]{0,40}PRIVATE KEY)-----[\s\S]{0,20000}?(?:-----END (?P=what)-----|\Z)"
_JWT = r"\beyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{0,2000}"
_KNOWN = "|".join(  # noqa: FLY002 - one form a line is how it is read
    (
        r"sk-(?:proj-|svcacct-|admin-|ant-(?:api|admin)[0-9]{2}-|or-v1-|lf-)?[A-Za-z0-9_-]{20,250}",
        r"tt_(?:live|test)_[A-Za-z0-9]{20,100}",
        r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,250}",
        r"whsec_[A-Za-z0-9+/=]{20,100}",
        r"gh[pousr]_[A-Za-z0-9]{36,255}",
        r"github_pat_[A-Za-z0-9_]{22,255}",
        r"glpat-[A-Za-z0-9_-]{20,64}",
        r"xox[abeprs]-[A-Za-z0-9-]{10,250}",
        r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,120}",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
        r"AIza[A-Za-z0-9_-]{35}",
        r"ya29\.[A-Za-z0-9_-]{20,500}",
        r"GOCSPX-[A-Za-z0-9_-]{28}",
        r"hf_[A-Za-z0-9]{30,60}",
        r"npm_[A-Za-z0-9]{36}",
        r"pypi-[A-Za-z0-9_-]{50,500}",
        r"dop_v1_[a-f0-9]{64}",
        r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}",
        r"SK[0-9a-f]{32}",
        r"key-[0-9a-f]{32}",
        r"gsk_[A-Za-z0-9]{40,60}",
        r"r8_[A-Za-z0-9]{37}",
        r"xai-[A-Za-z0-9]{60,100}",
        r"pplx-[A-Za-z0-9]{40,64}",
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
        r"dapi[0-9a-f]{32}",
        r"lin_api_[A-Za-z0-9]{40}",
        r"sntrys_[A-Za-z0-9+/=_]{40,250}",
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    )
)
_HINT_OF_KNOWN = (
    r"sk-|tt_|k_(?:live|test)_|whsec_|gh[pousr]_|github_pat_|glpat-|xox|hooks\.slack|A(?:KIA|SIA|BIA|CCA)|AIza|ya29\.|GOCSPX-|"
    r"hf_|npm_|pypi-|dop_v1_|SG\.|SK[0-9a-f]|key-|gsk_|r8_|xai-|pplx-|shp(?:at|ca|pa|ss)_|dapi|lin_api_|sntrys_|:AA"
)
_MIXED = r"(?P<value>(?=[^\s\"',;]{0,99}[0-9])(?=[^\s\"',;]{0,99}[A-Za-z])[^\s\"',;\[\]<>]{8,100})"
_ASSIGNED = (
    r"(?i:(?<![a-z])(?:api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|(?:access|auth)[_-]?token|"
    r"p(?:g|ass)?(?:wd|password|passwd)|passphrase|password|passwort|kennwort|contraseña|mot de passe|"
    r"client[_-]?secret)"
    rf"[\"']?(?:\s{{0,3}}(?:[:=]|=>)\s{{0,3}}|\s(?:is|ist|es|est|was)\s)[\"']?){_MIXED}"
)
_HEADER = (
    r"(?i:\bauthorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|bearer|token|apikey)\s)"
    r"(?P<value>[A-Za-z0-9._~+/-]{8,2000}={0,2})"
)
_IN_URL = r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{0,64}:(?P<value>[^\s/@\"']{3,100})@"


def known() -> tuple[Form, ...]:
    return (
        form("PRIVATE_KEY", _PRIVATE_KEY, "-----BEGIN "),
        form("TOKEN", _JWT, "eyJ"),
        form("SECRET", rf"(?<![A-Za-z0-9_-])(?:{_KNOWN})(?![A-Za-z0-9_])", _HINT_OF_KNOWN),
        form("SECRET", _IN_URL, r"://[^\s/]{0,200}@"),
    )


def assigned() -> tuple[Form, ...]:
    return (
        form("SECRET", _HEADER, r"(?i:authorization)"),
        form("SECRET", _ASSIGNED, r"(?i:key|secret|token|p(?:ass|w|gp)|kennwort|contrase|de passe)"),
    )
