"""Tells a question about documents as a whole ("Summarise this", "What is in the file?") from one about a matter.

No passage is near to the first kind, so nothing would be found for it. It is known by its words alone, in English,
German, French and Spanish: one of them asks for the whole or names what is asked, and the others are such as one says
of any document. One word about a matter ("Summarise the rules for trains") makes it a question to search with.
"""

import re

_LONGEST = 200
_WORD = re.compile(r"[^\W_]+", re.UNICODE)

_WHOLE = """
summarise summarize summarised summarized summary summaries tldr overview gist recap outline synopsis about essence
explain describe contain contains content contents point points idea ideas takeaways say says
doc docs document documents file files pdf report paper presentation spreadsheet attachment
zusammenfassen zusammenfassung zusammen überblick inhalt worum wovon punkte dokument dokumente dokuments datei dateien
résume résumer résumez résumé synthèse parle parlent traite traitent contenu fichier fichiers
resume resumir resumen sinopsis trata tratan contenido puntos documento documentos archivo archivos
"""
_BESIDE = """
a all an and are attached bullet bullets brief briefly can could detail detailed do does each entire few five for from
give i in is it its key list long main me my of on one page pages paragraph paragraphs please quick quickly sentence
sentences short shortly show some tell ten text that the their them these they this those three to two upload uploaded
us what whole words would write you your
bitte das dem den der des diese diesem diesen dieser dieses ein eine einen es fass fasse gib geht handelt in ist kurz
kurze kurzen mir stichpunkten sätzen steht text und von was
ce ces cet cette court courte de des donne du en fais il ils la le les me moi peux phrases quelques quoi que qui sont
texte tu un une veuillez vous
breve con corto cuál cuáles de del el en es este estos esta estas favor frases haz la las los me por puedes que qué se
son texto un una
"""

_ASKING = frozenset(_WHOLE.split())
_KNOWN = _ASKING | frozenset(_BESIDE.split())


def asks_of_the_whole(question: str) -> bool:
    if len(question) > _LONGEST:
        return False
    words = _WORD.findall(question.casefold().replace("tl;dr", "tldr"))
    return not _ASKING.isdisjoint(words) and all(word in _KNOWN or word.isdecimal() for word in words)
