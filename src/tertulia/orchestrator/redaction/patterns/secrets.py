"""Keys and tokens that have a form: private keys, JWTs, those of well-known providers, in headers and in addresses.

What is only called a key or a password is looked for by ``assignments``.
"""

from tertulia.orchestrator.redaction.patterns import assignments
from tertulia.orchestrator.redaction.patterns.form import Form, form

_PRIVATE_KEY = (
    r"-----BEGIN (?P<what>[A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?)-----[\s\S]{0,20000}?(?:-----END (?P=what)-----|\Z)"
)
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
        r"dckr_[op]at_[A-Za-z0-9_-]{20,40}",
        r"hv[sbr]\.[A-Za-z0-9_-]{20,300}",
        r"EAAA[A-Za-z0-9_-]{50,80}|sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{20,60}",
        r"xapp-[0-9]-[A-Za-z0-9-]{20,200}",
        r"ATATT3[A-Za-z0-9_=-]{20,300}|ATCTT3[A-Za-z0-9_=-]{20,300}",
        r"ntn_[A-Za-z0-9]{40,60}|secret_[A-Za-z0-9]{40,60}",
        r"do[or]_v1_[a-f0-9]{64}",
        r"gl(?:ptt|dt|rt|cbt|soat)-[A-Za-z0-9_-]{20,64}",
        r"gl(?:sa|c)_[A-Za-z0-9+/=_]{30,200}",
        r"NRAK-[A-Z0-9]{27}|PMAK-[a-f0-9-]{50,70}|LTAI[A-Za-z0-9]{16,24}|AKID[A-Za-z0-9]{32}",
        r"fig[dour]_[A-Za-z0-9_-]{40,60}|sbp_[a-f0-9]{40}|nfp_[A-Za-z0-9]{36,60}",
        r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}|[0-9a-f]{32}-us[0-9]{1,2}",
        r"rubygems_[a-f0-9]{48}|pul-[a-f0-9]{40}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}|dp\.(?:pt|st|ct)\.[A-Za-z0-9]{40,44}",
        r"AGE-SECRET-KEY-1[A-Z0-9]{58}|tvly-[A-Za-z0-9_-]{20,60}|sk\.eyJ[A-Za-z0-9_-]{20,200}\.[A-Za-z0-9_-]{20,60}",
        r"1//0[A-Za-z0-9_-]{40,200}|t1\.[A-Z0-9a-z_-]{40,300}={0,2}|ABSK[A-Za-z0-9+/=]{100,200}",
        r"https://(?:\w{1,20}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{15,20}/[A-Za-z0-9_-]{50,100}",
    )
)
_HINTS_OF_KNOWN = (
    "sk-", "tt_", "k_live_", "k_test_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
    "xox", "hooks.slack", "akia", "asia", "abia", "acca", "aiza", "ya29.", "gocspx-", "hf_", "npm_", "pypi-", "_v1_",
    "sg.", "sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske",
    "skf", "key-", "gsk_", "r8_", "xai-", "pplx-", "shpat_", "shpca_", "shppa_", "shpss_", "dapi", "lin_api_",
    "sntrys_", ":aa", "dckr_", "hvs.", "hvb.", "hvr.", "eaaa", "sq0", "xapp-", "atatt3", "atctt3", "ntn_", "secret_",
    "glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-", "glsa_", "glc_", "nrak-", "pmak-", "ltai", "akid", "figd_",
    "figo_", "figu_", "figr_", "sbp_", "nfp_", "xkeysib-", "-us", "rubygems_", "pul-", "pscale_", "dp.", "age-",
    "tvly-", "sk.eyj", "1//0", "t1.", "absk", "discord",
)  # fmt: skip
_IN_TWO_PARTS = (
    r"(?:pat[A-Za-z0-9]{14}\.[a-f0-9]{64}|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})"
)
_HEADER = (
    r"(?i:\bauthorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|bearer|token|apikey)\s)"
    r"(?P<value>[A-Za-z0-9._~+/-]{8,2000}={0,2})"
)
_BESIDE_ITS_ID = r"\b(?:AKIA|ASIA)[A-Z0-9]{16}[\s\"',;:|/]{1,6}(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
_TO_A_PROGRAM = (
    r"(?<!\S)(?:(?:-u|--user)[\s=]{1,2}[\"']?[\w.@-]{1,64}:|"
    r"--password[\s=]{1,2}[\"']?)(?P<value>[^\s\"'$<{][^\s\"']{3,99})"
)
_IN_URL = r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{0,64}:(?P<value>[^\s/@\"']{3,100})@"


def known() -> tuple[Form, ...]:
    return (
        form("PRIVATE_KEY", _PRIVATE_KEY, "-----BEGIN "),
        form("TOKEN", _JWT, "eyJ"),
        form("SECRET", rf"(?<![A-Za-z0-9_-])(?:{_KNOWN})(?![A-Za-z0-9_])", _HINTS_OF_KNOWN),
        form("SECRET", rf"\b{_IN_TWO_PARTS}(?![A-Za-z0-9_])", r"[A-Za-z0-9_-]{17}\.[A-Za-z0-9_-]{6}"),
        form("SECRET", _IN_URL, r"://[^\s/]{0,200}@"),
    )


def assigned() -> tuple[Form, ...]:
    return (
        form("SECRET", _HEADER, r"(?i:authorization)"),
        form("SECRET", _BESIDE_ITS_ID, r"(?:AKIA|ASIA)"),
        form("SECRET", _TO_A_PROGRAM, r"(?:-u|--user|--password)[\s=]"),
        *assignments.forms(),
    )
