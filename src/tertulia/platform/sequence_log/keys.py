"""How a log lies in Valkey: a stream whose ids are ``<sequence>-0``, a hash with the writer's epoch, and a channel.

The braces keep a log's keys in one slot of a cluster. A published message carries its entries, so that a live follower
reads nothing else: ``first end size size …`` and a line feed, then the entries' bytes one after another.
"""

from dataclasses import dataclass

_DATA, _END = b"d", b"e"

NUMBERS_AN_EPOCH = 10**6
"""An epoch that finds nothing of what earlier ones have said begins at its own numbers: what a follower has heard of
the lost log is then no position in the new one.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; ``end`` is true on the log's last one."""

    sequence: int
    data: bytes
    end: bool


def stream_key(name: str) -> str:
    return f"log:{{{name}}}"


def epoch_key(name: str) -> str:
    return f"log:{{{name}}}:epoch"


def channel(name: str) -> bytes:
    return f"log:{{{name}}}".encode()


def from_stream(rows: list[tuple[bytes, list[bytes]]]) -> list[Entry]:
    """What XRANGE gives."""
    entries = []
    for number, fields in rows:
        pairs = dict(zip(fields[::2], fields[1::2], strict=True))
        entries.append(Entry(int(number.partition(b"-")[0]), pairs[_DATA], _END in pairs))
    return entries


def from_message(payload: bytes) -> list[Entry]:
    """What the append script publishes."""
    head, _, data = payload.partition(b"\n")
    first, end, *sizes = (int(part) for part in head.split())
    entries = []
    position = 0
    last = first + len(sizes) - 1
    for sequence, size in enumerate(sizes, first):
        entries.append(Entry(sequence, data[position : position + size], bool(end) and sequence == last))
        position += size
    return entries


CLAIM = """
local stored = tonumber(redis.call('GET', KEYS[2]) or '0')
if stored > tonumber(ARGV[1]) then return {-1, stored} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {0, stored}
"""
"""KEYS stream, epoch; ARGV epoch, ttl in ms. From now on writers of older epochs are refused."""

APPEND = """
local stored = tonumber(redis.call('GET', KEYS[2]) or '0')
local epoch, first, ending, reset = tonumber(ARGV[1]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
if stored > epoch then return {-1, stored} end
if reset == '1' then redis.call('DEL', KEYS[1]) end
local last = tonumber(ARGV[7])
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then last = tonumber(string.match(newest[1], '^%d+')) end
if last ~= first - 1 or (stored ~= epoch and newest) then return {-2, last, stored} end
local count = #ARGV - 7
if count > 0 then
  local sizes, data = {}, {}
  for i = 1, count do
    local value = ARGV[7 + i]
    if ending == '1' and i == count then
      redis.call('XADD', KEYS[1], (last + i) .. '-0', 'd', value, 'e', '1')
    else
      redis.call('XADD', KEYS[1], (last + i) .. '-0', 'd', value)
    end
    sizes[i], data[i] = #value, value
  end
  redis.call('PUBLISH', ARGV[6], first .. ' ' .. ending .. ' ' .. table.concat(sizes, ' ') .. '\\n'
    .. table.concat(data))
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {0, last + count}
"""
"""KEYS stream, epoch; ARGV epoch, ttl in ms, first number, 1 at the end, 1 to begin anew, channel, the number before
the log's first, entries…

Gives {0, last}; {-1, epoch} to a writer that is fenced off; {-2, last, epoch} when the log does not end just before
``first``.
"""
