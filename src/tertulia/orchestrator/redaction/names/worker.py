"""The process that reads: takes segments of text on its standard input, says the names in them on its standard output.

    python -m tertulia.orchestrator.redaction.names.worker FOLDER

Both ways a frame is four bytes of length (big-endian) and MessagePack: ``[id, [text, …]]`` in and, after an empty frame
that says that the model is loaded, ``[id, [[[kind, start, end], …], …]]`` out. It ends when its input does.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

LENGTH_BYTES = 4
KINDS = {"PERSON": "PERSON", "GPE": "PLACE", "LOC": "PLACE", "FAC": "PLACE", "ORG": "ORGANISATION"}
_NOT_NEEDED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
"""The recogniser has its own encoder: the other parts of the pipeline would only cost."""


def frame(value: Any) -> bytes:
    encoded = msgspec.msgpack.encode(value)
    return len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")  # about versions, on a stream that nobody reads
    import spacy

    recognise = spacy.load(folder, exclude=_NOT_NEEDED)
    out = sys.stdout.buffer
    out.write(frame([]))
    out.flush()
    for number, texts in _asked(sys.stdin.buffer):
        names = [  # together they take half the time: most of a sentence's is the same whatever its length
            [(KINDS[one.label_], one.start_char, one.end_char) for one in read.ents if one.label_ in KINDS]
            for read in recognise.pipe(texts, batch_size=len(texts))
        ]
        out.write(frame([number, names]))
        out.flush()


def _asked(source: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    while len(length := source.read(LENGTH_BYTES)) == LENGTH_BYTES:
        yield msgspec.msgpack.decode(source.read(int.from_bytes(length, "big")), type=tuple[int, list[str]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
