"""The scripts. Times are microseconds since a day in 2026, so that a double keeps fractions of one."""

_CLOCK = """
local clock = redis.call('TIME')
local now = (tonumber(clock[1]) - 1767225600) * 1000000 + tonumber(clock[2])
"""

_DEBT_PERIODS = 10
"""How far below zero a bucket can go; also bounds what a clock that jumps back can do."""

MOVE = (
    _CLOCK
    + f"""
local capacity, per, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + cost * per / capacity
full = math.min(full, now + per * (1 + {_DEBT_PERIODS}))
if full <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.17g', full), 'PX', math.ceil((full - now) / 1000))
end
return 0
"""
)
"""KEYS bucket; ARGV capacity, per, cost (negative gives back)."""

SETTLE = "redis.call('ZREM', KEYS[2], ARGV[4])\n" + MOVE
"""The same, and the end of a lease: KEYS bucket, lease; ARGV capacity, per, cost, the lease's id."""

SETTLE_ONCE = "if redis.call('ZREM', KEYS[2], ARGV[4]) == 0 then return 0 end\n" + MOVE
"""The same where it may have been done already: who holds the lease no more is not charged again."""

ADMIT = (
    _CLOCK
    + f"""
local markers, buckets = tonumber(ARGV[1]), tonumber(ARGV[2])
for i = 1, markers do
  if redis.call('EXISTS', KEYS[i]) == 1 then return {{i, 0, 0}} end
end
local answer = {{0, 0, 0}}
local fulls, at = {{}}, 2
local denied, wait = 0, 0
for i = 1, buckets do
  local capacity, per, cost = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local one = per / capacity
  local full = math.max(tonumber(redis.call('GET', KEYS[markers + i]) or '0'), now)
  full = math.min(full, now + per * (1 + {_DEBT_PERIODS}))
  local over = full + math.max(cost, 1) * one - (now + per)
  if over > 0.01 and denied == 0 then
    denied = i
    wait = cost > capacity and -1 or math.ceil(over)
  end
  fulls[i] = {{full, full + cost * one, one, per}}
  at = at + 3
end
local leased = {{}}
for i = 1, #KEYS - markers - buckets do
  local key, id = KEYS[markers + buckets + i], ARGV[at + 1]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local held = redis.call('ZCARD', key)
  local limit, ttl = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local mine = redis.call('ZSCORE', key, id)
  if not mine and held >= limit and denied == 0 then
    denied, wait = buckets + i, 1000000
  end
  leased[i] = {{key, id, limit, ttl, held, mine}}
  at = at + 3
end
answer[2], answer[3] = denied, wait
for i = 1, buckets do
  local full = denied == 0 and fulls[i][2] or fulls[i][1]
  if denied == 0 and full > now then
    redis.call('SET', KEYS[markers + i], string.format('%.17g', full), 'PX', math.ceil((full - now) / 1000))
  end
  answer[#answer + 1] = math.max(0, math.floor((now + fulls[i][4] - full) / fulls[i][3] + 0.01))
  answer[#answer + 1] = math.ceil(full - now)
end
for i = 1, #leased do
  local key, id, limit, ttl, held, mine = unpack(leased[i], 1, 6)
  if denied == 0 then
    redis.call('ZADD', key, string.format('%.17g', now + ttl), id)
    local last = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')
    redis.call('PEXPIRE', key, math.ceil((tonumber(last[2]) - now) / 1000))
    if not mine then held = held + 1 end
  end
  answer[#answer + 1] = math.max(0, limit - held)
  answer[#answer + 1] = 0
end
return answer
"""
)
"""KEYS markers…, buckets…, leases…; ARGV counts of markers and buckets, then three for each bucket and each lease.

Gives the marker that stands (or 0), the first of the limits that denies (or 0), the wait in microseconds (-1: never),
and for each limit what remains and when it is whole again.
"""

HOLD = (
    _CLOCK
    + """
if redis.call('ZADD', KEYS[1], 'XX', 'CH', string.format('%.17g', now + tonumber(ARGV[2])), ARGV[1]) == 0 then
  return 0
end
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], math.ceil((tonumber(last[2]) - now) / 1000))
return 1
"""
)
"""KEYS lease; ARGV id, ttl."""
