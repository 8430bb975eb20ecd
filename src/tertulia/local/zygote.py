"""The parent that the services are forked from: it has imported everything and started no thread.

So a service starts in milliseconds and shares the memory of the libraries with the others. A program of its own, told
what to fork over a socket, one JSON document a line; it answers with the process id, and later with how each ended.
It decides nothing: when the supervisor is gone it leaves, and the warden sees to its children.

    python -m tertulia.local.zygote SOCKET ROLL     (two inherited descriptors)
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import setproctitle

from tertulia.local import edge, services

TITLE = "tertulia: zygote"
PRELOADED = ("tertulia.platform.lifecycle", "uvloop", "uvicorn.protocols.http.httptools_impl")
Target = Callable[[Sequence[str], Mapping[str, str]], int]
TARGETS: Mapping[str, Target] = {
    "service": lambda arguments, environ: services.run(arguments[0], environ),
    "edge": edge.write,
}


def main(control: socket.socket, roll: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children, children_write = os.pipe()
    os.set_blocking(children_write, False)
    signal.set_wakeup_fd(children_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    setproctitle.setproctitle(TITLE)
    _preload()
    _say(control, {"ready": True})
    unread = b""
    while True:
        ready, _, _ = select.select([control.fileno(), children], [], [])
        if children in ready:
            os.read(children, 4096)
            _report_ended(control)
        if control.fileno() in ready:
            received = control.recv(65536)
            if not received:
                return
            *orders, unread = (unread + received).split(b"\n")
            for order in orders:
                _fork(json.loads(order), control, roll)


def _preload() -> None:
    """Imports all that any service needs. The collector never looks at it again, so that it stays shared."""
    gc.disable()
    for name in PRELOADED:
        importlib.import_module(name)
    for service in services.SERVICES:
        importlib.import_module(f"tertulia.{service}.app")
    gc.collect()
    gc.freeze()


def _fork(order: Mapping[str, Any], control: socket.socket, roll: int) -> None:
    pid = os.fork()
    if pid == 0:
        _become(order, control, roll)
    _say(control, {"started": order["id"], "pid": pid})


def _become(order: Mapping[str, Any], control: socket.socket, roll: int) -> NoReturn:
    """What was the zygote becomes the component; it never returns into the zygote's loop."""
    code = os.EX_SOFTWARE
    try:
        os.setsid()
        os.write(roll, b"+%d %d\n" % (os.getpid(), signal.SIGTERM))
        os.close(roll)
        control.close()
        _forget_signals()
        _redirect(order["log"])
        os.environ.clear()
        os.environ.update(order["environ"])
        setproctitle.setproctitle(f"tertulia: {order['name']}")
        gc.enable()
        code = TARGETS[order["target"]](order["arguments"], os.environ)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is ends this process, and is in its log
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _redirect(log: str) -> None:
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 64)
    sys.stdout = open(1, "w", buffering=1, closefd=False, encoding="utf-8")  # noqa: SIM115 - as long as the process
    sys.stderr = open(2, "w", buffering=1, closefd=False, encoding="utf-8")  # noqa: SIM115 - as long as the process


def _report_ended(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(control, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(control: socket.socket, message: Mapping[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
