"""What is publicly known of models that a provider only names: their windows and list prices, as of June 2026.

Used for OpenAI's own address alone. A name that is not here, or another server's, has no price until the providers'
file gives one: its use is counted, and costs nothing.
"""

from urllib.parse import urlsplit

from tertulia.orchestrator.providers.file import ModelSpec
from tertulia.orchestrator.providers.prices import price

_OPENAI = "api.openai.com"
_PRICES: dict[str, tuple[int, str, str, str]] = {
    # name's beginning: window, input, cached input, output
    "gpt-5-nano": (400_000, "0.05", "0.005", "0.40"),
    "gpt-5-mini": (400_000, "0.25", "0.025", "2.00"),
    "gpt-5": (400_000, "1.25", "0.125", "10.00"),
    "gpt-4.1-nano": (1_000_000, "0.10", "0.025", "0.40"),
    "gpt-4.1-mini": (1_000_000, "0.40", "0.10", "1.60"),
    "gpt-4.1": (1_000_000, "2.00", "0.50", "8.00"),
    "gpt-4o-mini": (128_000, "0.15", "0.075", "0.60"),
    "gpt-4o": (128_000, "2.50", "1.25", "10.00"),
    "o4-mini": (200_000, "1.10", "0.275", "4.40"),
    "o3": (200_000, "2.00", "0.50", "8.00"),
    "text-embedding-3-small": (8_191, "0.02", "0.02", "0"),
    "text-embedding-3-large": (8_191, "0.13", "0.13", "0"),
}
_DO_NOT_CHAT = (
    "embed", "whisper", "tts", "dall-e", "image", "moderation", "transcribe", "realtime", "audio", "sora", "davinci",
    "babbage", "rerank", "computer-use", "instruct-beta",
)  # fmt: skip


def known_model(name: str, base_url: str) -> ModelSpec:
    if urlsplit(base_url).hostname == _OPENAI:
        for beginning, (window, input_, cached, output) in _PRICES.items():
            if name == beginning or name.startswith(f"{beginning}-20"):
                return ModelSpec(name, window, price(input_, output, cached), embeds(name))
    return ModelSpec(name, embeds=embeds(name))


def embeds(name: str) -> bool:
    return "embed" in name


def chats(name: str) -> bool:
    """Whether a name can be of a model that holds a conversation."""
    return not any(word in name for word in _DO_NOT_CHAT)
