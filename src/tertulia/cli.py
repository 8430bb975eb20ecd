"""The `tertulia` command. Each command imports what it needs when it runs, so that the command line itself is quick."""

import os
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

app = typer.Typer(
    name="tertulia",
    help="A self-hostable, multi-tenant AI chat platform. Settings come from the environment and from `.env`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="The local models: which there are, fetching and checking them.", no_args_is_help=True)
letters_app = typer.Typer(help="Events and jobs that every attempt failed to handle.", no_args_is_help=True)
cache_app = typer.Typer(help="What is remembered of searches in documents.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(cache_app, name="cache")
app.add_typer(letters_app, name="dead-letters")

Replicas = Annotated[int, typer.Option(min=1, max=16, help="processes each of chat and orchestrator")]
Reset = Annotated[bool, typer.Option("--reset", help="delete all data first; models stay")]
Check = Annotated[bool, typer.Option("--check", help="change nothing; fail if a migration is missing")]
ShowSettings = Annotated[bool, typer.Option("--settings", help="list all settings and what they are set to")]
Workspace = Annotated[UUID | None, typer.Option(help="this one's alone; all by default")]
Most = Annotated[int, typer.Option(min=1, max=200, help="how many searches of each")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="file to write; standard output by default")]


@app.command()
def up(replicas: Replicas = 1, *, reset: Reset = False) -> None:
    """Start everything on this machine, in the foreground; Ctrl-C stops it."""
    from tertulia.local import settings, up

    read = settings.read(settings.environment(Path.cwd()))
    raise typer.Exit(up.up(read, replicas=replicas, reset=reset))


@app.command()
def serve(service: Annotated[str, typer.Argument(help="auth, chat, gateway or orchestrator")]) -> None:
    """Run one service in the foreground, as production does: one process each, its servers elsewhere."""
    from tertulia.local import services, settings

    raise typer.Exit(services.run(service, settings.environment(Path.cwd())))


@app.command()
def migrate(*, check: Check = False) -> None:
    """Bring all databases to their newest schema; `tertulia up` does so by itself."""
    from tertulia.local import operations, settings

    raise typer.Exit(operations.migrate(settings.environment(Path.cwd()), check_only=check))


@app.command()
def doctor(*, settings: ShowSettings = False) -> None:
    """Say what is wrong on this machine and how to mend it."""
    from tertulia.local import doctor as doctors
    from tertulia.local.settings import environment

    environ = environment(Path.cwd())
    raise typer.Exit(doctors.list_settings(environ) if settings else doctors.examine(environ))


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Make the next key that signs access tokens; it is published now, and signs a quarter of an hour later."""
    from tertulia.local import keys, settings

    keys.rotate(settings.environment(Path.cwd()))


@app.command()
def openapi(output: Output = None) -> None:
    """Write the OpenAPI document of the whole HTTP API."""
    from tertulia.local import operations

    operations.write_openapi(output)


@app.command()
def evals(
    names: Annotated[list[str] | None, typer.Argument(help="such as `retrieval`; all by default")] = None,
) -> None:
    """Measure how good the pipeline is, beside the last time; exit code 1 when a figure misses what is wanted."""
    from tertulia.local import evaluating, settings

    raise typer.Exit(evaluating.evaluate(settings.environment(Path.cwd()), names or []))


@app.command()
def evaluate(
    workspace: Annotated[UUID, typer.Argument(help="the workspace's id")],
    name: Annotated[str, typer.Argument(help="the set's name, as the page shows it")],
    *,
    model: Annotated[
        str | None, typer.Option(help="have the questions answered by this one, and judge that too")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before something is paid for")] = False,
) -> None:
    """Run an evaluation set of a workspace's own, and print its figures beside the last run's."""
    from tertulia.local import own_evaluations, settings

    environ = settings.environment(Path.cwd())
    raise typer.Exit(own_evaluations.evaluate(environ, workspace, name, model, agreed=yes))


@models_app.command("list")
def models_list() -> None:
    """Which models there are, and which of them are on this machine."""
    from tertulia.local import operations, settings

    operations.list_models(settings.read(settings.environment(Path.cwd())))


@models_app.command("pull")
def models_pull(name: Annotated[str, typer.Argument(help="as `tertulia models list` has it")]) -> None:
    """Fetch a model, or mend one that is damaged."""
    from tertulia.local import operations, settings

    operations.pull_model(settings.read(settings.environment(Path.cwd())), name)


@models_app.command("verify")
def models_verify() -> None:
    """Read every model on this machine again and compare it with its hash."""
    from tertulia.local import operations, settings

    raise typer.Exit(operations.verify_models(settings.read(settings.environment(Path.cwd()))))


@cache_app.command("warm")
def cache_warm(workspace: Workspace = None, most: Most = 50) -> None:
    """Find again what workspaces ask their documents most often, where that has expired or a base has changed."""
    from tertulia.local import settings, warming

    warming.warm(settings.environment(Path.cwd()), workspace, most)


@letters_app.command("list")
def letters_list(after: Annotated[int, typer.Option(help="only those behind this number")] = 0) -> None:
    """List them, the oldest first, with their numbers."""
    from tertulia.local import dead_letters, settings

    dead_letters.show_all(settings.environment(Path.cwd()), after=after)


@letters_app.command("show")
def letters_show(number: Annotated[int, typer.Argument(help="as the list has it")]) -> None:
    """One message, with the reason it was given up."""
    from tertulia.local import dead_letters, settings

    dead_letters.show(settings.environment(Path.cwd()), number)


@letters_app.command("replay")
def letters_replay(numbers: Annotated[list[int], typer.Argument(help="as the list has them")]) -> None:
    """Send messages again to the consumer that failed, once the cause is mended."""
    from tertulia.local import dead_letters, settings

    dead_letters.replay(settings.environment(Path.cwd()), numbers)


def main() -> None:
    """A fault that the person can mend is one line; anything else shows where it happened."""
    from tertulia.local.errors import LocalError

    try:
        app()
    except LocalError as error:
        sys.stderr.write(f"tertulia: {error}\n")
        sys.exit(os.EX_UNAVAILABLE)


if __name__ == "__main__":
    main()
