"""Serves one local chat model over HTTP, in a process of its own, so that a crash in the C++ code harms nothing else.

llama.cpp's own server does the work: OpenAI-compatible ``/v1/chat/completions`` with streaming, ``/health`` and
``/metrics`` on loopback, behind a key. Slots share one context (``kv_unified``), so that a single long conversation may
use all of it.

    python -m tertulia.local.model_server --model FILE --name NAME --port N --key-file FILE [--context N] [--slots N]
"""

import argparse
import os
import signal
import sys
from pathlib import Path

PROMPT_CACHE_MIB = 256
NICENESS = 5
"""A model takes every core that it is given: the services that serve its answer go first."""


def main() -> None:
    asked = _arguments()
    os.nice(NICENESS)
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(asked.model)
    parameters.model_alias = {asked.name}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = asked.port
    parameters.api_keys = [asked.key_file.read_text().strip()]
    parameters.n_ctx = asked.context
    parameters.n_parallel = asked.slots
    parameters.kv_unified = True
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = False
    parameters.ui = False
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _threads()
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"serving {asked.name} at {server.listening_address}\n")
    sys.stdout.flush()
    signal.pause()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tertulia.local.model_server")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--slots", type=int, default=4)
    return parser.parse_args()


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    main()
