"""The local embedding model: ONNX on one or two threads, loaded on first use, away from the event loop.

The graph takes token ids and a mask and gives vectors of length one. Vectors are 384 numbers; fewer are their
beginning, scaled to length one again.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tertulia.platform.errors import Unavailable

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

DIMENSIONS = 384
LONGEST = 256
"""Tokens of a text that the model reads; it was trained on no longer ones."""

_BATCH = 32
_THREADS = 2
_WAITING = 64


class Overloaded(Unavailable):
    code, title = "embeddings_busy", "Too many texts are waiting to be embedded"


class LocalEmbedder:
    """One process's model. Enter it to use it; what waits is bounded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embeddings")
        self._waiting = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def embed(self, texts: Sequence[str], dimensions: int = DIMENSIONS) -> tuple[list[bytes], int]:
        """Each text's vector as little-endian float32, and how many tokens were read. Raises: Overloaded."""
        if self._waiting >= _WAITING:
            raise Overloaded("Too many texts are waiting to be embedded. Try again shortly.")
        self._waiting += 1
        try:
            vectors: list[bytes] = []
            tokens = 0
            for start in range(0, len(texts), _BATCH):
                work = asyncio.get_running_loop().run_in_executor(
                    self._pool, self._batch, texts[start : start + _BATCH], dimensions
                )
                some, counted = await work
                vectors += some
                tokens += counted
            return vectors, tokens
        finally:
            self._waiting -= 1

    def _batch(self, texts: Sequence[str], dimensions: int) -> tuple[list[bytes], int]:
        """Texts of like length go together, so that padding costs little."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda at: len(encoded[at].ids))
        vectors: list[bytes] = [b""] * len(texts)
        for start in range(0, len(order), 8):
            some = order[start : start + 8]
            longest = max(len(encoded[at].ids) for at in some)
            ids = np.zeros((len(some), longest), np.int64)
            mask = np.zeros((len(some), longest), np.int64)
            for row, at in enumerate(some):
                length = len(encoded[at].ids)
                ids[row, :length] = encoded[at].ids
                mask[row, :length] = 1
            found = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            for row, at in enumerate(some):
                vectors[at] = _shortened(found[row], dimensions)
        return vectors, sum(len(one.ids) for one in encoded)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(LONGEST)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )


def _shortened(vector: "np.ndarray[Any, Any]", dimensions: int) -> bytes:
    import numpy as np

    kept = vector[:dimensions].astype("<f4")
    if dimensions < len(vector):
        length = float(np.linalg.norm(kept))
        kept = kept / length if length else kept
    return kept.astype("<f4").tobytes()
