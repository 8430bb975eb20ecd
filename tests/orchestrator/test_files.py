"""Stored files and workspaces' keys, over a real database."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tertulia.orchestrator.models import StoredFile
from tertulia.orchestrator.repository import Files, erase_workspace
from tertulia.orchestrator.repository.expiry import forget_expired
from tertulia.orchestrator.repository.files import PART_BYTES
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.ids import uuid7
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration
OLD, NEW = "an old master key of thirty-two characters", "a new master key of thirty-two characters"


@pytest.fixture
async def database(own_database: ServiceDatabase) -> AsyncIterator[Database]:
    async with Database(own_database.app_url, service="orchestrator") as made:
        yield made


async def test_a_file_is_there_when_it_is_complete_and_for_its_workspace_alone(database: Database) -> None:
    """Parts come back as they were written; another workspace finds neither the file nor a part."""
    workspace, file_id = uuid4(), uuid7()
    parts = [b"x" * PART_BYTES, b"the rest"]
    async with database.write(tenant(workspace)) as session:
        files = Files(session, workspace)
        await files.begin(file_id, purpose="document", name="a.txt", created_by=None, expires_at=None)
        for number, part in enumerate(parts):
            await files.add_part(file_id, number, part)
        assert await files.find(file_id) is None
        digest = hashlib.sha256(b"".join(parts)).hexdigest()
        await files.complete(file_id, size=sum(map(len, parts)), sha256=digest)
    async with database.read(tenant(workspace)) as session:
        files = Files(session, workspace)
        found = await files.find(file_id)
        assert found is not None
        assert (found.size, found.sha256) == (PART_BYTES + 8, digest)
        assert [await files.part(file_id, number) for number in range(3)] == [*parts, None]
        assert [file.id for file in await files.list(["document"], after=None, limit=5)] == [file_id]
    stranger = uuid4()
    async with database.read(tenant(stranger)) as session:
        for asked in (stranger, workspace):
            files = Files(session, asked)
            assert await files.find(file_id) is None
            assert await files.part(file_id, 0) is None
            assert await files.list(["document"], after=None, limit=5) == []


async def test_an_upload_that_was_broken_off_is_swept(database: Database) -> None:
    """With its parts; a file without an end stays."""
    workspace, broken, kept = uuid4(), uuid7(), uuid7()
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with database.write(tenant(workspace)) as session:
        files = Files(session, workspace)
        await files.begin(broken, purpose="document", name="a", created_by=None, expires_at=past)
        await files.add_part(broken, 0, b"half")
        await files.begin(kept, purpose="document", name="b", created_by=None, expires_at=past)
        await files.complete(kept, size=0, sha256="")
    while await forget_expired(database, StoredFile):
        pass
    async with database.read(tenant(workspace)) as session:
        assert await Files(session, workspace).part(broken, 0) is None
        assert await Files(session, workspace).find(kept) is not None


async def test_a_workspace_has_one_key_which_follows_the_master_key(database: Database) -> None:
    """Two processes get the same key; after a rotation it is wrapped anew; erased, what it sealed is gone."""
    workspace = uuid4()
    first = await Keys(database, MasterKeys([OLD])).of(workspace)
    sealed = first.seal(b"a secret", "here")
    second = await Keys(database, MasterKeys([NEW, OLD])).of(workspace)
    assert second.open(sealed, "here") == b"a secret"
    assert (await Keys(database, MasterKeys([NEW])).of(workspace)).open(sealed, "here") == b"a secret"
    await erase_workspace(database, workspace)
    anew = await Keys(database, MasterKeys([NEW])).of(workspace)
    assert anew.digest("a value") != first.digest("a value")
