"""``/v1/embeddings``: by the model of this process (a small graph of the same form here), and by a provider."""

import asyncio
import base64
import json
import os
import shutil
import struct
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import numpy as np
import onnx
import openai
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from tertulia.orchestrator import tokens
from tertulia.orchestrator.embeddings import DIMENSIONS
from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import PATIENCE, Running, process_of

GRACE = timedelta(seconds=2)
NAME = "all-minilm-l6-v2"
WORDS = ["[UNK]", "river", "water", "stone", "hello", "world", "again"]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph with the real one's inputs and output: the mean of the words' vectors, of length one."""
    folder = tmp_path_factory.mktemp("embeddings")
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(1).normal(size=(len(WORDS), DIMENSIONS)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "axis"], ["wide"]),
        helper.make_node("Mul", ["words", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "one"], ["sum"], keepdims=0),
        helper.make_node("LpNormalization", ["sum"], ["embedding"], axis=-1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "S"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["B", DIMENSIONS])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], np.int64), "axis"),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
        ],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), folder / "model.onnx"
    )
    return folder


@pytest.fixture
def settings_of_test(model_folder: Path) -> dict[str, str]:
    return {"TERTULIA_EMBEDDINGS_DIR": str(model_folder)}


async def test_every_form_of_input_gives_the_same_vectors(running: Running) -> None:
    """A string, a list, token ids and lists of them; float and base64; the tokens are in the books."""
    workspace = uuid4()
    client = running.sdk(workspace)
    whole = await client.embeddings.create(model=NAME, input="hello world", encoding_format="float")
    vector = whole.data[0].embedding
    assert len(vector) == DIMENSIONS
    assert sum(value * value for value in vector) == pytest.approx(1, abs=1e-5)
    packed = await client.embeddings.create(model=NAME, input=["stone", "hello world"])
    assert packed.data[1].embedding == pytest.approx(vector)
    raw = await post(running, {"model": NAME, "input": "hello world", "encoding_format": "base64"})
    unpacked = struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(raw.json()["data"][0]["embedding"]))
    assert list(unpacked) == pytest.approx(vector)
    ids = tokens._encoding("cl100k_base").encode("hello world")
    for given in (ids, [ids]):
        by_tokens = await client.embeddings.create(model=NAME, input=given, encoding_format="float")
        assert by_tokens.data[0].embedding == pytest.approx(vector)
    assert whole.usage.prompt_tokens == 2
    end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
    assert (end.kind, end.status, end.usage.prompt_tokens, end.cost.amount) == ("embedding", "finished", 2, 0)


async def test_fewer_dimensions_are_the_beginning_at_length_one(running: Running) -> None:
    """As OpenAI shortens its own."""
    client = running.sdk()
    whole = (await client.embeddings.create(model=NAME, input="river", encoding_format="float")).data[0].embedding
    short = await client.embeddings.create(model=NAME, input="river", dimensions=10, encoding_format="float")
    beginning = np.array(whole[:10])
    assert short.data[0].embedding == pytest.approx((beginning / np.linalg.norm(beginning)).tolist(), rel=1e-4)


async def test_many_texts_keep_their_order(running: Running) -> None:
    """Texts of different length go in batches, and come back as they were given."""
    texts = [" ".join(WORDS[1 + at % 6] for at in range(1 + number % 40)) for number in range(100)]
    client = running.sdk()
    together = await client.embeddings.create(model=NAME, input=texts, encoding_format="float")
    alone = await client.embeddings.create(model=NAME, input=texts[57], encoding_format="float")
    assert [one.index for one in together.data] == list(range(100))
    assert together.data[57].embedding == pytest.approx(alone.data[0].embedding, abs=1e-6)


async def test_what_cannot_be_embedded_is_refused(running: Running) -> None:
    """Each with the field that is wrong."""
    for body, param in (
        ({"model": NAME, "input": ""}, "input"),
        ({"model": NAME, "input": []}, "input"),
        ({"model": NAME, "input": ["a", ""]}, "input"),
        ({"model": NAME, "input": ["a"] * 2049}, "input"),
        ({"model": NAME, "input": [10**9]}, "input"),
        ({"model": NAME, "input": "a", "dimensions": 385}, "dimensions"),
        ({"model": NAME, "input": "a", "dimensions": 0}, "dimensions"),
        ({"model": NAME, "input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"model": NAME, "input": 5}, "input"),
        ({"input": "a"}, "model"),
    ):
        answer = await post(running, body)
        assert answer.status_code == 422, body
        assert answer.json()["error"]["param"] == param
    client = running.sdk()
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="sim-fast", input="a")
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model=NAME, messages=[{"role": "user", "content": "a"}])


@pytest.fixture(scope="module")
def endless(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that never comes to an end."""
    folder = tmp_path_factory.mktemp("endless")
    shutil.copy(model_folder / "tokenizer.json", folder)
    shape = [1, DIMENSIONS]
    inside = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["still_on"]), helper.make_node("Add", ["so_far", "so_far"], ["more"])],
        "again",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("so_far", TensorProto.FLOAT, shape),
        ],
        [
            helper.make_tensor_value_info("still_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, shape),
        ],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["turns", "on", "start"], ["embedding"], body=inside)],
        "endless",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "S"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(np.array(2**62, np.int64), "turns"),
            numpy_helper.from_array(np.array(True), "on"),
            numpy_helper.from_array(np.zeros(shape, np.float32), "start"),
        ],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), folder / "model.onnx"
    )
    return folder


async def test_a_model_that_hangs_holds_up_no_stop(running: Running, endless: Path, tmp_path: Path) -> None:
    """The process leaves in order within its grace and a second, with the code of a clean end."""
    running.environ["TERTULIA_EMBEDDINGS_DIR"] = str(endless)
    log = tmp_path / "log"
    async with process_of(running, log) as (process, url), httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        body, headers = {"model": NAME, "input": "river"}, {HEADER: running.identity()}
        asking = asyncio.create_task(client.post("/v1/embeddings", json=body, headers=headers))
        async with asyncio.timeout(PATIENCE):
            while busiest_thread(process.pid) < 1:
                await asyncio.sleep(0.05)
        process.terminate()
        assert await asyncio.to_thread(process.wait, PATIENCE) == 0
        await asyncio.wait([asking])
        assert asking.exception() is not None or asking.result().status_code >= 500
    told = [json.loads(line) for line in log.read_text().splitlines()]
    draining, left = (next(one for one in told if one["event"] == event) for event in ("draining", "threads_abandoned"))
    assert left["threads"] == ["embeddings_0"]
    took = datetime.fromisoformat(left["timestamp"]) - datetime.fromisoformat(draining["timestamp"])
    assert took < GRACE + timedelta(seconds=2)


def busiest_thread(process: int) -> float:
    """CPU seconds of the one, other than the event loop's, that has taken most."""
    threads = [path for path in Path(f"/proc/{process}/task").iterdir() if path.name != str(process)]
    ticks = [int((path / "stat").read_text().rpartition(")")[2].split()[11]) for path in threads]
    return max(ticks, default=0) / os.sysconf("SC_CLK_TCK")


async def post(running: Running, body: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=running.url, headers={HEADER: running.identity()}) as client:
        return await client.post("/v1/embeddings", json=body)
