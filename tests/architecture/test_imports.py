"""Importing costs little and does nothing: heavy libraries wait until they are used."""

import json
import subprocess
import sys

HEAVY = ("onnxruntime", "onnx", "numpy", "xllamacpp", "tokenizers", "sentry_sdk", "huggingface_hub")


def _modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return set(json.loads(printed))


def test_the_command_line_starts_light() -> None:
    """`tertulia --help` does not load the services, nor what they stand on."""
    loaded = _modules_after("import tertulia.cli")
    assert not loaded & {*HEAVY, "fastapi", "sqlalchemy", "aiohttp", "nats", "redis"}


def test_services_load_no_model_library() -> None:
    """Forked services share what they import; models come into the one process that uses them, when it does."""
    services = ("gateway", "auth", "chat", "orchestrator")
    loaded = _modules_after("\n".join(f"import tertulia.{service}.app" for service in services))
    assert not loaded & set(HEAVY)
