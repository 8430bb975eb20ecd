"""A person of a workspace before the running orchestrator: its API with an identity, knowledge bases, questions."""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2

from tertulia.platform.identity import HEADER, Identity

if TYPE_CHECKING:
    from tests.orchestrator.conftest import Asked, Running

BASES = "/api/knowledge-bases"


class Keeper:
    """A person in a workspace, with the API at hand."""

    def __init__(self, running: "Running", workspace: UUID | None = None, person: UUID | None = None) -> None:
        self.running = running
        self.workspace, self.person = workspace or uuid4(), person or uuid4()
        identity = Identity(
            kind="session", credential_id=uuid4(), plan="unlimited", user_id=self.person, workspace_id=self.workspace
        )
        self.client = httpx2.AsyncClient(
            base_url=running.url, headers={HEADER: running.issuer.issue(identity)}, timeout=60
        )

    async def call(self, method: str, path: str, **what: Any) -> httpx2.Response:
        return await self.client.request(method, path, **what)

    async def base(self, **more: str) -> str:
        made = await self.call("POST", BASES, json={"name": "Handbook", **more})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def upload(self, base: str, content: bytes, name: str = "handbook.pdf") -> str:
        sent = await self.call("POST", f"{BASES}/{base}/documents", files={"file": (name, content)})
        assert sent.status_code == 202, sent.text
        return str(sent.json()["id"])

    async def settled(self, base: str, document: str) -> dict[str, Any]:
        """The document, once it is ready or has failed."""
        async with asyncio.timeout(120):
            while True:
                shown = (await self.call("GET", f"{BASES}/{base}/documents/{document}")).json()
                if shown["status"] in ("ready", "failed"):
                    return dict(shown)
                await asyncio.sleep(0.1)

    async def find(self, base: str, query: str) -> list[dict[str, Any]]:
        found = await self.call("POST", f"{BASES}/{base}/search", json={"query": query})
        assert found.status_code == 200, found.text
        return list(found.json()["data"])

    async def ask(self, question: str, *bases: str, anew: bool = False) -> "Asked":
        return await self.running.ask(question, workspace=self.workspace, person=self.person, bases=bases, anew=anew)
