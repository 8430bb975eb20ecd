"""Documents and questions in other languages than English, through the running orchestrator."""

import pytest

from tertulia.contracts.stream import SourceDocument
from tests.orchestrator.conftest import text_of
from tests.orchestrator.keeper import Keeper

_RUSSIAN = (
    "# Ключи\n\nКлюч от подвала висит за картиной с зеброй в приёмной.\n\n# Отпуск\n\nОтпуск составляет двадцать "
    "восемь календарных дней в году.\n\n# Склад\n\nСклад работает с девяти утра до шести вечера.\n"
)
_JAPANESE = "倉庫は朝九時から夕方六時まで開いています。\n\n地下室の鍵は受付の絵の裏に掛かっています。"


@pytest.mark.parametrize(
    ("upload", "question", "held", "other"),
    [
        (
            (_RUSSIAN.encode("cp1251"), "ключи.md"),
            "Где висит ключ от подвала?",
            "с зеброй",
            "Почему идёт дождь?",
        ),
        (
            (_JAPANESE.encode("cp932"), "鍵.txt"),
            "地下室の鍵はどこですか？",
            "受付の絵の裏",
            "火山はなぜ噴火するのか？",
        ),
    ],
    ids=["Russian", "Japanese"],
)
async def test_a_question_finds_its_passage_and_another_is_told_that_there_is_none(
    keeper: Keeper, upload: tuple[bytes, str], question: str, held: str, other: str
) -> None:
    """In a script that the embedding model does not know, from a file in an older encoding."""
    base = await keeper.base()
    shown = await keeper.settled(base, await keeper.upload(base, *upload))
    assert (shown["status"], shown["name"]) == ("ready", upload[1])
    assert held in (await keeper.find(base, question))[0]["text"]
    assert await keeper.find(base, other) == []
    parts = await (await keeper.ask(other, base)).parts()
    assert not [part for part in parts if isinstance(part, SourceDocument)]
    assert text_of(parts).startswith("The documents do not tell.")


async def test_pieces_of_words_find_what_is_far_down(keeper: Keeper) -> None:
    """Among more passages than are compared by meaning, and no other base's."""
    lines = "\n\n".join(f"# Раздел {number}\n\nСтрока номер {number} о разных делах." for number in range(120))
    base, own = await keeper.base(), await keeper.base()
    told = f"{lines}\n\n# Подвал\n\nЖёлтый чемодан стоит под лестницей.\n".encode()
    await keeper.settled(base, await keeper.upload(base, told, "дела.md"))
    await keeper.settled(own, await keeper.upload(own, lines.encode(), "дела.md"))
    assert (await keeper.find(base, "Где жёлтый чемодан?"))[0]["heading"] == "Подвал"
    assert await keeper.find(own, "Где жёлтый чемодан?") == []
