"""The three streams, and which one a subject belongs to. Making them is safe to repeat and to do in parallel."""

from datetime import UTC, datetime, timedelta

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

EVENTS, JOBS, DEAD = "EVENTS", "JOBS", "DEAD"
_WEEK = timedelta(days=7)
_NAME_IN_USE = 10058  # the server has the stream with another configuration


def _configuration(replicas: int) -> tuple[StreamConfig, ...]:
    def stream(name: str, subject: str, retention: RetentionPolicy, keep: timedelta) -> StreamConfig:
        return StreamConfig(
            name=name,
            subjects=[subject],
            retention=retention,
            max_age=keep.total_seconds(),
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            num_replicas=replicas,
            duplicate_window=timedelta(minutes=2).total_seconds(),
        )

    return (
        stream(EVENTS, "event.>", RetentionPolicy.LIMITS, _WEEK),
        stream(JOBS, "job.>", RetentionPolicy.WORK_QUEUE, _WEEK),
        stream(DEAD, "dead.>", RetentionPolicy.LIMITS, timedelta(days=30)),
    )


async def ensure(jetstream: JetStreamContext, replicas: int) -> dict[str, datetime]:
    """When each stream was made: what was sent before that is not in it."""
    born = {}
    for config in _configuration(replicas):
        try:
            info = await jetstream.add_stream(config)
        except BadRequestError as error:
            if error.err_code != _NAME_IN_USE:
                raise
            info = await jetstream.update_stream(config)
        born[str(config.name)] = (info.created or datetime.now(UTC)).astimezone(UTC)
    return born


def of(subject: str) -> str:
    streams = {"event": EVENTS, "job": JOBS, "dead": DEAD}
    kind = subject.partition(".")[0]
    if kind not in streams:
        raise ValueError(f"a subject begins with event. or job., not {subject!r}")
    return streams[kind]
