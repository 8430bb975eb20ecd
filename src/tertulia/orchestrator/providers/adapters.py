"""Which adapter speaks to which kind of provider."""

from tertulia.orchestrator.providers.anthropic import Anthropic
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.gemini import Gemini
from tertulia.orchestrator.providers.openai import OpenAiProvider
from tertulia.orchestrator.providers.port import Deadlines, Provider
from tertulia.orchestrator.providers.translated import Dialect, TranslatedProvider
from tertulia.platform.http import HttpClient

_DIALECTS: dict[str, Dialect] = {"anthropic": Anthropic(), "gemini": Gemini()}


def adapters(spec: ProviderSpec, http: HttpClient, deadlines: Deadlines) -> list[Provider]:
    """One for each of its keys; one in all where it wants none."""
    dialect = _DIALECTS.get(spec.kind)
    if dialect is None:
        return [OpenAiProvider(spec, http, deadlines, key) for key in spec.keys or (None,)]
    return [TranslatedProvider(spec, http, deadlines, dialect, key) for key in spec.keys or (None,)]
