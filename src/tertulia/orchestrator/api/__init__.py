"""The orchestrator's doors: ``openai`` (the compatible API, in bare ASGI), ``models`` and ``internal``."""
