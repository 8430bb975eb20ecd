"""The settings of `tertulia up`, from the environment and `.env`; each service reads its own from what it is handed.

Read by hand and not by the settings class of the services: that one takes a third of a second to import, and the
servers could be starting by then.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from tertulia.local.errors import LocalError

DEFAULT_HOME = "./.tertulia"
DEFAULT_PORT = "4000"
DEFAULT_MODEL = "qwen2.5-coder-0.5b"
"""As the catalogue has it, which is not imported for its name alone."""
MEANING = {
    "TERTULIA_HOME": ("data directory of the one-machine mode", DEFAULT_HOME),
    "TERTULIA_PORT": ("the public port", DEFAULT_PORT),
    "TERTULIA_BIND": ("the address the public port is opened on; 0.0.0.0 lets other machines in", "127.0.0.1"),
    "TERTULIA_TRUSTED_PROXIES": ("how many proxies of your own stand before the public port", "0"),
    "TERTULIA_LOCAL_MODEL": ("a model of the catalogue, the path of a GGUF file, or off", DEFAULT_MODEL),
}
EXTERNAL = ("TERTULIA_VALKEY_URL", "TERTULIA_NATS_URL")
_LAST_PORT = 65535


@dataclass(frozen=True)
class UpSettings:
    home: Path
    port: int
    bind: str
    local_model: str
    trusted_proxies: int
    environ: Mapping[str, str]
    """Everything that was set, for the services."""

    @property
    def public_url(self) -> str:
        return self.environ.get("TERTULIA_PUBLIC_URL") or f"http://localhost:{self.port}"

    def external(self, name: str) -> str | None:
        """The address of a server that is not to be started here, if one is set."""
        return self.environ.get(name) or None


def environment(directory: Path) -> dict[str, str]:
    """The process's environment over what `.env` in this directory says."""
    written = {name: value for name, value in dotenv_values(directory / ".env").items() if value is not None}
    return written | os.environ


def read(environ: Mapping[str, str]) -> UpSettings:
    """Raises LocalError with the setting's name, what is wrong, and the fix."""

    def value(name: str) -> str:
        return environ.get(name, "").strip() or MEANING[name][1]

    return UpSettings(
        home=Path(value("TERTULIA_HOME")).expanduser().absolute(),
        port=_number("TERTULIA_PORT", value("TERTULIA_PORT"), 1, _LAST_PORT),
        bind=value("TERTULIA_BIND"),
        local_model=value("TERTULIA_LOCAL_MODEL"),
        trusted_proxies=_number("TERTULIA_TRUSTED_PROXIES", value("TERTULIA_TRUSTED_PROXIES"), 0, 9),
        environ=environ,
    )


def _number(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise LocalError(f"{name}: {text!r} is not a number from {least} to {most}; set it to one")
    return int(text)
