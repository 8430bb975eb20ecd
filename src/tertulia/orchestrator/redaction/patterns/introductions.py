"""Names that somebody gives or a title shows, in languages and scripts that the language model does not read.

Only what leaves no doubt: "меня зовут Анна Петрова", "我叫王小明", "je m'appelle Hélène Dupont". Where a script
has capitals, a name begins with one; where it has none, the words around the name end it.
"""

from tertulia.orchestrator.redaction.patterns.form import Form, form
from tertulia.orchestrator.redaction.words import PARTICLE

_UPPER = "".join(one for one in map(chr, range(0x00C0, 0x0590)) if one.isupper()) + "A-ZḀ"
_NAME = rf"[{_UPPER}](?:[^\W\d_]|['’-](?=[^\W\d_])){{0,30}}"
_BETWEEN = rf"(?:\s(?:{PARTICLE}|y|e))"
_FULL_NAME = rf"(?P<value>{_NAME}(?:{_BETWEEN}{{0,2}}\s{_NAME}){{0,3}})"

_IS = r"(?:\s?[:-]\s?|\s)"
_LATIN = (
    r"[Jj]e\sm['’]appelle|[Mm]on\s(?:pré)?nom\sest|[Mm]e\sllamo|[Mm]i\snombre\ses|[Mm]e\schamo|[Cc]hamo-me|"
    r"[Mm]eu\snome\sé|"
    r"[Mm]i\schiamo|[Ii]l\smio\snome\sè|[Ii]ch\shei(?:ß|ss)e|[Mm]ein\sName\sist|[Ii]k\sheet|[Mm]ijn\snaam\sis|"
    r"[Jj]ag\sheter|"
    r"[Mm]itt\snamn\sär|[Jj]e[gi]\sh(?:edd|et)er|[Mm]it\snavn\ser|[Nn]azywam\ssię|[Mm]am\sna\simię|[Jj]menuji\sse|"
    r"[Mm]ă\snumesc|"
    r"[Nn]imeni\son|[Bb]enim\sad[ıi]m|[Aa]dım|[Nn]ama\ssaya|[Tt]ên\stôi\slà"
)
_I_AM = r"(?:[Ii]ch\sbin|[Jj]e\ssuis|[Ss]oy|[Ss]ono|[Ee]u\ssou|[Ss]ou|[Jj]estem|Ben|Я)"
_TWO_NAMES = rf"(?P<value>{_NAME}(?:{_BETWEEN}{{0,2}}\s{_NAME}){{1,3}})"
"""One word after "I am" may be what somebody is."""

_TITLES = (
    r"(?:[Ss]eñor(?:a|ita)?|[Dd]oña|Sra?\.|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|M(?:lle|me)\.?|[Ss]ignor(?:a|ina)?|"
    r"[Ss]enhora?|"
    r"[Mm]eneer|[Mm]evrouw|[Dd]hr\.|[Mm]evr\.|[Hh]errn|[Pp]ani|Dott\.(?:ssa)?)"
)
_CYRILLIC = (
    r"(?:[Мм]еня|[Мм]ене)\s(?:зовут|звати)|[Мм]о[её]\sимя|[Мм]оє\sім['’]я|[Кк]азвам\sсе|[Зз]овем\sсе|"
    r"[Гг]оспод(?:ин(?:а|у|ом)?|ину)|[Гг]оспож(?:а|и|е|у|ой)|г-(?:н|на|ну|жа|жи|же|жу)|[Пп]ан(?:і|е)"
)
_SLAVIC = (
    r"(?P<value>[А-ЯЁ][а-яё]{2,15}\s(?:[А-ЯЁ][а-яё]{4,20}(?:вич|вна|чна)\s)?[А-ЯЁ][а-яё]{1,20}(?:ск(?:ий|ая)|[оеё]ва?|"
    r"[иы]на?|енко|[ая]ян)"
    r"|[А-ЯЁ][а-яё]{1,20}(?:ск(?:ий|ая)|[оеё]ва?|[иы]на?|енко)\s[А-ЯЁ][а-яё]{2,15}\s[А-ЯЁ][а-яё]{4,20}(?:вич|вна|чна)"
    r"|[A-ZŁŚŻ][a-ząćęłńóśźż]{2,15}\s(?:[A-ZŁŚŻ][a-ząćęłńóśźż]{2,15}-)?[A-ZĆŁŚŻŹ][a-ząćęłńóśźż]{1,20}(?:[sc]k[ia]|"
    r"dzk[ia]|wicz|czyk))"
)
"""A first name and a surname by how that ends: Russian and Polish ones mostly do so."""

_GREEK = r"[Μμ]ε\sλένε|[Οο]νομάζομαι|[Ττ]ο\sόνομά\sμου\sείναι|[Κκ]ύριος|[Κκ]υρία|[Κκ]ύριε"
_NO_NAME = r"(?!(?:Sie|Euch|Ihnen|Dich|Ihr)\b)"
_SMALL = (
    r"(?i:\b(?:je\sm['’]appelle|me\sllamo|mi\schiamo|me\schamo)\s)"
    r"(?P<value>(?!(?:bien|comme|como|così|encore|igual|jamais|mal|mas|muy|non|no|nunca|pas|più|plus|sempre|siempre|"
    r"souvent|"
    r"tout|toujours)\b)[^\W\d_]{2,30}(?:\s(?!(?:et|y|e|ed|mais|pero|ma|mas|de\sla)\s)[^\W\d_]{2,30}){0,2})(?=$|"
    r"[.,;!?\n]|\s(?:et|y|e|ed|mais|pero|ma|mas)\s)"
)

_HAN = "\u4e00-\u9fff"
_SURNAME = (
    "(?:欧阳|歐陽|司马|司馬|诸葛|諸葛|上官|[王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖"
    "田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鐘谭譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫閻段雷侯龙龍史陶"
    "黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔])"
)
_GIVEN = rf"[{_HAN}]{{1,2}}?(?=[^{_HAN}]|\Z|[来是在的和也我])|[{_HAN}]{{1,2}}"
_CHINESE = rf"(?:我(?:的名字)?叫(?:做)?|我的名字是|姓名\s?:?|我姓名是)\s?(?P<value>{_SURNAME}(?:{_GIVEN}))"
_CHINESE_TITLE = rf"(?P<value>{_SURNAME}[{_HAN}]{{0,2}}?)(?:先生|女士|小姐|老师|老師|教授|医生|醫生|博士)"
_JAPANESE = (
    rf"(?:名前は|氏名\s?:)\s?(?P<value>(?!何|誰|なん|だれ)[{_HAN}\u3040-\u30ff]{{1,8}}?"
    rf"(?:[ ・][{_HAN}\u3040-\u30ff]{{1,6}}?)?)(?=です|と申|だ|[。、.,\n]|\Z)"
)
_KOREAN = r"이름은\s?(?P<value>[\uac00-\ud7a3]{2,4}?)(?=입니다|이에요|예요|이고|이야|야|라고|[.,\n]|\Z)"
_ARABIC_WORD = r"[\u0620-\u0652\u0671-\u06d3]{2,20}"
_ARABIC = (
    rf"(?<!\w)(?:اسمي|إسمي|(?:اسم|نام)\sمن|ميرا\sنام|میرا\sنام)\s(?:هو\s|هي\s)?"
    rf"(?P<value>(?!مكتوب|موجود|ليس|في|على|چیست|کیا){_ARABIC_WORD}(?:\s(?:بن|ابن|عبد)\s{_ARABIC_WORD}|\s(?!و|من|است|"
    rf"ہے|في|أنا|انا){_ARABIC_WORD})?)"
)
_HEBREW = r"(?<!\w)(?:שמי|קוראים\sלי)\s(?P<value>[\u05d0-\u05ea'-]{2,20}(?:\s(?!ו|אני)[\u05d0-\u05ea'-]{2,20})?)"
_INDIC = r"[\u0900-\u0963\u0970-\u097f]{1,30}"
_HINDI = rf"मेरा\sनाम\s(?P<value>(?!है|क्या){_INDIC}(?:\s(?!है|हैं){_INDIC}){{0,2}})"


_SAID = (
    "appelle", "nom est", "nom:", "prénom", "lamo", "nombre", "chamo", "nome é", "chiamo", "nome è", "heiße",
    "heisse", "name ist", "heet", "naam is", "heter", "namn", "hedder", "navn", "nazywam", "na imię", "jmenuji",
    "numesc", "nimeni", "adım", "adim", "nama saya", "tên tôi", "señor", "doña", "sr.", "sra.", "monsieur", "madame",
    "mademoiselle", "mlle", "mme", "signor", "senhor", "meneer", "mevrouw", "dhr.", "mevr.", "herrn", "pani ",
    "dott.",
)  # fmt: skip


def forms() -> tuple[Form, ...]:
    return (
        form(
            "PERSON",
            rf"\b(?:(?:{_LATIN}){_IS}|{_TITLES}\s){_NO_NAME}{_FULL_NAME}",
            _SAID,
        ),
        form(
            "PERSON",
            rf"(?<!\w){_I_AM}\s{_NO_NAME}{_TWO_NAMES}",
            ("ich bin", "je suis", "soy ", "sono ", "sou ", "jestem", "ben ", "я "),
        ),
        form(
            "PERSON",
            rf"(?<!\w){_SLAVIC}(?!\w)",
            r"(?:[сcs]к[аи][йя]?|[оеё]ва?|ина?|енко|ян)(?!\w)|[ns]k[ia]\b|c[kz][ia]\b|wicz|czyk",
        ),
        form("PERSON", rf"(?<!\w)(?:{_CYRILLIC}|{_GREEK}){_IS}{_FULL_NAME}", "[\u0370-\u04ff]{3}"),
        form("PERSON", _SMALL, r"(?:pelle|lamo|iamo|hamo)\s"),
        form("PERSON", _CHINESE, r"叫|名"),
        form("PERSON", _CHINESE_TITLE, r"先生|女士|小姐|老[师師]|教授|[医醫]生|博士"),
        form("PERSON", _JAPANESE, r"[前名]\s?[は:]"),
        form("PERSON", _KOREAN, "이름은"),
        form("PERSON", _ARABIC, "اسم|نام"),
        form("PERSON", _HEBREW, "שמי|קוראים"),
        form("PERSON", _HINDI, "नाम"),
    )
