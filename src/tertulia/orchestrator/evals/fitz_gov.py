"""Retrieval on the corpus that the package fitz-gov holds: 5,024 short documents, 2,812 questions with the
documents that answer them. It is read as data; nothing of the package is run.

The questions are in two halves, by a hash of each one's name. What is tuned is tuned on the first; what is reported is
of the second.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from zlib import crc32

from tertulia.orchestrator.evals.cases import LESS_IS_BETTER, Case, measures
from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory, Text

PACKAGE = "fitz-gov"
DOCUMENTS, QUESTIONS = "documents.jsonl", "query_mappings.json"
_TARGETS = {"hit@5": 0.89, "MRR@10": 0.73}


def texts(folder: Path) -> list[Text]:
    """The corpus; a document that is there twice counts once."""
    with (folder / DOCUMENTS).open(encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    found = {one["id"]: Text(one["id"], one["content"], one.get("title")) for one in told if one.get("content")}
    return list(found.values())


def cases(folder: Path) -> Iterator[tuple[bool, Case]]:
    """Each question that some document answers, and whether it is of the half that may be tuned on."""
    kinds: Mapping[str, Mapping[str, dict[str, list[str]]]]
    kinds = json.loads((folder / QUESTIONS).read_text(encoding="utf-8"))["mappings"]
    for named in kinds.values():
        for name, told in named.items():
            if told["relevant_docs"]:
                yield crc32(name.encode()) % 2 == 0, Case(str(told["query"]), tuple(told["relevant_docs"]))


async def _measure(laboratory: Laboratory) -> list[Figure]:
    folder = laboratory.data / PACKAGE
    base = await laboratory.base_of(PACKAGE, texts(folder))
    held_out = [case for tuned_on, case in cases(folder) if not tuned_on]
    found = measures(await laboratory.judged(base, held_out))
    return [Figure(name, value, _TARGETS.get(name), name == LESS_IS_BETTER) for name, value in found.items()]


EVALUATION = Evaluation("retrieval", "fitz-gov, the half of the questions that nothing was tuned on", _measure)
