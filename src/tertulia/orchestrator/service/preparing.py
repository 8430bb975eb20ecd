"""Chat requests from every door made ready: with their customer's models, privacy policy, documents and files."""

from tertulia.orchestrator.providers.registry import Catalogues
from tertulia.orchestrator.redaction import Redaction
from tertulia.orchestrator.service.attached_files import AttachedFiles, RequestFiles
from tertulia.orchestrator.service.completions import Customer
from tertulia.orchestrator.service.request import Prepared, prepare
from tertulia.orchestrator.service.retrieval import Retrieval


class Preparing:
    def __init__(
        self, catalogues: Catalogues, redaction: Redaction, retrieval: Retrieval, files: AttachedFiles
    ) -> None:
        self._catalogues = catalogues
        self._redaction = redaction
        self._retrieval = retrieval
        self._files = files

    async def __call__(self, customer: Customer, raw: bytes) -> Prepared:
        """Raises: what ``request.prepare`` raises."""
        window = await self._redaction.window(customer.workspace_id)
        catalogue = await self._catalogues(customer.workspace_id)
        return await prepare(raw, catalogue, window, self._retrieval.of(*customer.person), self.files(customer))

    def files(self, customer: Customer) -> RequestFiles:
        """What reads a request's files."""
        return self._files.of(*customer.person)
