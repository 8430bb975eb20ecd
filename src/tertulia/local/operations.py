"""What the commands beside `up` and `serve` do, one function a command. How a command is spelt is `cli`'s matter."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tertulia.local import models
from tertulia.local.errors import LocalError
from tertulia.local.provision import migrate_service, owner_url
from tertulia.local.services import WITH_DATABASE
from tertulia.local.settings import UpSettings


def migrate(environ: Mapping[str, str], *, check_only: bool) -> int:
    """Every database that the environment names; exit code 1 when one lacks a migration and none may be made."""
    import psycopg

    from tertulia.platform.migrations import NotCurrent, check

    behind = False
    for service in WITH_DATABASE:
        try:
            if check_only:
                check(owner_url(service, environ), f"tertulia.{service}.migrations")
                print_line(f"{service}: current")
            else:
                changed = migrate_service(service, environ)
                print_line(f"{service}: {'migrated' if changed else 'current'}")
        except KeyError as missing:
            raise LocalError(
                f"{missing.args[0]} is not set: set it to the database's URL "
                "(`tertulia up` migrates its own databases by itself)"
            ) from missing
        except NotCurrent as error:
            print_line(f"{service}: {error}")
            behind = True
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise LocalError(f"the database of {service} cannot be reached: {reason}") from error
    return int(behind)


def write_openapi(output: Path | None) -> None:
    """The services' documents, merged, to a file or to standard output; nothing needs to run."""
    text = _openapi()
    if output is None:
        print_line(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise LocalError(f"{output} cannot be written: {error.strerror}; name another file with --output") from error


def _openapi() -> str:
    from tertulia.contracts.routes import ServiceName
    from tertulia.gateway.openapi import merge
    from tertulia.local.description import document
    from tertulia.platform import logs

    logs.configure("cli", level="error", format="console")
    described: tuple[ServiceName, ...] = ("auth", "chat", "orchestrator")
    return json.dumps(merge({service: document(service) for service in described}), indent=2)


def list_models(settings: UpSettings) -> None:
    for entry in models.CATALOGUE.values():
        there = all((models.folder(settings.home, entry.name) / file.name).exists() for file in entry.files)
        state = "here" if there else ""
        print_line(f"{entry.name:<24} {entry.size / 1e6:6.0f} MB  {entry.licence:<12} {state:<5} {entry.about}")


def pull_model(settings: UpSettings, name: str) -> None:
    from tertulia.local.console import open_console

    console = open_console()
    try:
        place = models.pull(settings.home, name, console.fetching)
    except (models.UnknownModel, models.ModelUnavailable) as error:
        raise LocalError(str(error)) from error
    finally:
        console.settle()
    print_line(f"{name} is in {place}")


def verify_models(settings: UpSettings) -> int:
    """Exit code 1 when a file of a model that is here is not what it should be."""
    here = [name for name in models.CATALOGUE if models.folder(settings.home, name).exists()]
    damaged = {name: models.verify(settings.home, name) for name in here}
    for name, files in damaged.items():
        state = (
            f"damaged or missing: {', '.join(files)}; mend it with `tertulia models pull {name}`" if files else "right"
        )
        print_line(f"{name}: {state}")
    return int(any(damaged.values()))


def print_line(text: str) -> None:
    sys.stdout.write(text + os.linesep)
