"""What people wrote is in no log line, no event and no row but the answer's own."""

from pathlib import Path
from uuid import uuid4

import pytest
from openai import AsyncOpenAI, InternalServerError

from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import Running, process_of


async def test_no_text_in_logs_events_or_errors(running: Running, tmp_path: Path) -> None:
    """Answers that end well, fail and are refused leave ids, codes and numbers behind, also at the debug level."""
    word = f"secretword{uuid4().hex}"
    log = tmp_path / "log"
    async with process_of(running, log) as (_, url):
        for behaviour in ("echo", "fail=400", "malformed=2", "fail=500", "silent=1"):
            await running.ended(await running.ask(f"{word} [[sim: {behaviour}]]"))
        headers = {HEADER: running.identity()}
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0, default_headers=headers) as client:
            await client.chat.completions.create(model="sim-echo", messages=[{"role": "user", "content": word}])
            content = f"{word} [[sim: fail=500]]"
            with pytest.raises(InternalServerError):
                await client.chat.completions.create(model="sim-fast", messages=[{"role": "user", "content": content}])
    written = log.read_text()
    assert written.count("generation_ended") >= 7
    assert word not in written
    assert running.database.rows("SELECT 1 FROM outbox WHERE body LIKE %s", f"%{word}%") == []
    assert running.database.rows("SELECT 1 FROM generation g WHERE g::text LIKE %s", f"%{word}%") == []
