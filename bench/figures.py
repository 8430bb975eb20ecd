"""Numbers from answers: percentiles, times to first token, gaps, and what a process tree has used."""

from collections.abc import Iterable, Sequence

import psutil

from bench.client import Answer


def percentile(values: Iterable[float], share: float) -> float:
    """Nearest rank; 0.0 for nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def median(values: Iterable[float]) -> float:
    return percentile(values, 0.5)


def first_token(answer: Answer) -> float:
    """Seconds from the request to the first piece of its body."""
    return answer.arrivals[0] - answer.started if answer.arrivals else answer.seconds


def gaps(answers: Sequence[Answer]) -> list[float]:
    """Seconds between one piece of a stream and the next, over all streams."""
    return [
        later - earlier
        for answer in answers
        for earlier, later in zip(answer.arrivals, answer.arrivals[1:], strict=False)
    ]


def cpu_by_name(roots: Sequence[int]) -> dict[str, float]:
    """User and system seconds so far of these processes and all below them, added up by what each process is."""
    found: dict[str, float] = {}
    for process in _trees(roots):
        try:
            times, words = process.cpu_times(), process.cmdline()
        except psutil.NoSuchProcess:
            continue
        name = _name(words) if words else process.name()
        found[name] = found.get(name, 0.0) + times.user + times.system
    return found


def since(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What was used in between. A process that ended meanwhile took its count with it: that is not less than none."""
    return {name: max(0.0, value - before.get(name, 0.0)) for name, value in after.items()}


def _name(words: Sequence[str]) -> str:
    """Our services' titles, else the program: ``tertulia: chat`` is chat, each of Postgres' processes is postgres."""
    title = words[0].rsplit("/", 1)[-1]
    kind, _, rest = title.partition(": ")
    return rest if kind == "tertulia" else kind.partition(" ")[0]


def memory_by_name(roots: Sequence[int]) -> dict[str, float]:
    """Proportional set size in bytes of the same processes, added up the same way: shared pages count once."""
    found: dict[str, float] = {}
    for process in _trees(roots):
        try:
            size, words = process.memory_full_info().pss, process.cmdline()
        except psutil.NoSuchProcess:
            continue
        name = _name(words) if words else process.name()
        found[name] = found.get(name, 0.0) + size
    return found


def _trees(roots: Sequence[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for root in roots:
        try:
            process = psutil.Process(root)
            tree = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        found.update({member.pid: member for member in tree})
    return list(found.values())
