"""What Valkey does for a gate in one step: give permits, take them back, keep the order.

A rate has two lanes, so that no window of ``per`` ever sees more than the limit, no burst starves who comes after it,
and a limit is still used to the full. The *smooth* lane gives half of it, evenly. The *burst* lane gives the other half
at once, and gets each part back ``per`` after it was given, as a list of the latest thirtieths of ``per`` tells. A
window therefore holds half a limit from each at most; of tokens also the last call of the smooth lane, however large it
is, so that the list tells what both lanes have given, which with the next call is no more than the limit.

A permit is kept for the lease by its holder's process, which says at each third of it that it lives; a ticket of a
process that has said nothing for a third is passed over, so that no permit goes to the dead.

The order is start-time fair queuing (Goyal, Vin, Cheng 1996): a ticket's tag is the later of an earlier virtual time,
that of ten to twenty seconds ago, and its workspace's last finish tag; the finish tag is that plus tokens ÷ weight. Who
has asked for little is served before who has asked for much. What a workspace leaves unused counts for it so long, so
that who keeps to its share may ask in bursts: no longer, for whoever is always there waits for it. A time means the
same to fast and to slow providers, and to short and to long calls; a number of tokens does not. Batches have an order
of their own, behind all others: their workspaces are written with a ``~``, and their tags begin at a number that no
other reaches. A ticket that leaves the queue unserved costs its workspace nothing.

Times are microseconds since a day in 2026, by a clock of the gate's own: it never goes back, and where Valkey's goes on
by more than half a lease between two calls it was set, for living processes call more often; a sixth of one is taken as
gone, too little to make them count as dead.
"""

KEYS = ("permits", "queue", "state", "finish", "waiting", "replicas")

_COMMON = """
local clock = redis.call('TIME')
local wall = (tonumber(clock[1]) - 1767225600) * 1000000 + tonumber(clock[2])
local permits, queue, state, finish, waiting, replicas = unpack(KEYS)
local most, lease, period = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function number(value) return string.format('%.17g', value) end
local known = redis.call('HMGET', state, 'c', 'o')
local now, last = wall + (tonumber(known[2] or '') or 0), tonumber(known[1] or '')
if last and now < last then now = last end
if last and now > last + lease / 2 then now = last + lease / 6 end
redis.call('HSET', state, 'c', number(now), 'o', number(now - wall))
local tolerance = period / 120
local slot = period / 30
local me = ARGV[10]
local BURST, ALL = 2, 3
local line = redis.call('ZCARD', queue)
local held = redis.call('ZCARD', permits)
local rates, changed
local function load_rates()
  if rates then return end
  rates = {}
  for i, name in ipairs({'r', 't'}) do
    local every, burst, whole = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
    if every > 0 then
      local kept = redis.call('HMGET', state, name .. 's', name .. 'k')
      local rate = {name = name, every = every, burst = burst, whole = whole, new = not kept[1], slots = {}}
      rate.smooth = math.min(tonumber(kept[1] or '') or 0, now + 10 * period)
      rate[BURST], rate[ALL] = 0, 0
      for _, one in ipairs(kept[2] and cmsgpack.unpack(kept[2]) or {}) do
        one[1] = math.min(one[1], now + slot)
        if one[1] + period + tolerance > now then
          table.insert(rate.slots, one)
          for kind = BURST, ALL do rate[kind] = rate[kind] + one[kind] end
        end
      end
      rates[i] = rate
    end
  end
end
local function keep_rates()
  if not changed then return end
  for i = 1, 2 do
    local rate = rates[i]
    if rate then
      local name = rate.name
      redis.call('HSET', state, name .. 's', number(rate.smooth), name .. 'k', cmsgpack.pack(rate.slots))
      if rate.new then redis.call('PEXPIRE', state, math.ceil(period / 50)) end
    end
  end
end
local function gone(rate, kind, missing)
  if missing <= 0 then return 0 end
  for _, one in ipairs(rate.slots) do
    missing = missing - one[kind]
    if missing <= 0 then return one[1] + period + tolerance - now end
  end
  return period
end
local function wait_of_rate(rate, cost)
  if not rate then return 0 end
  local wait = math.max(rate.smooth - now, 0)
  if wait > 0 and cost <= rate.burst then
    wait = math.min(wait, gone(rate, BURST, rate[BURST] + cost - rate.burst))
  end
  if rate.whole > 0 then wait = math.max(wait, gone(rate, ALL, rate[ALL] + cost - rate.whole)) end
  return wait > 0 and math.max(wait, 1) or 0
end
local function note(rate, burst, all)
  local ends, newest = math.ceil((now + 1) / slot) * slot, rate.slots[#rate.slots]
  if not newest or newest[1] < ends then
    newest = {ends, 0, 0}
    table.insert(rate.slots, newest)
  end
  newest[BURST], rate[BURST] = newest[BURST] + burst, rate[BURST] + burst
  newest[ALL], rate[ALL] = newest[ALL] + all, rate[ALL] + all
end
local function take_rate(rate, cost)
  if not rate then return end
  changed = true
  if rate.smooth <= now then
    rate.smooth = math.max(rate.smooth, now - tolerance) + cost * rate.every
    note(rate, 0, cost)
  else
    note(rate, cost, cost)
  end
end
local function give_back(rate, kind, cost, since)
  for _, one in ipairs(rate.slots) do
    local part = one[1] > since and math.min(one[kind], cost) or 0
    one[kind], rate[kind], cost = one[kind] - part, rate[kind] - part, cost - part
  end
end
local function correct_tokens(more, since)
  load_rates()
  local rate = rates[2]
  if not rate then return end
  changed = true
  local smooth = math.max(rate.smooth, now - tolerance) + more * rate.every
  rate.smooth = math.max(smooth, now - tolerance)
  if smooth < rate.smooth then give_back(rate, BURST, (rate.smooth - smooth) / rate.every, since) end
  if more > 0 then note(rate, 0, more) else give_back(rate, ALL, -more, since) end
end
local function wait_for(tokens)
  if most > 0 and held >= most then
    redis.call('ZREMRANGEBYSCORE', permits, '-inf', now)
    held = redis.call('ZCARD', permits)
    if held >= most then
      local first = redis.call('ZRANGE', permits, 0, 0, 'WITHSCORES')
      return math.max(1, tonumber(first[2]) - now)
    end
  end
  load_rates()
  return math.max(wait_of_rate(rates[1], 1), wait_of_rate(rates[2], tokens))
end
local function give(ticket, tokens, kept)
  redis.call('ZADD', permits, number(now + kept), ticket)
  if held == 0 then redis.call('PEXPIRE', permits, math.ceil(lease / 500)) end
  held = held + 1
  take_rate(rates[1], 1)
  take_rate(rates[2], tokens)
end
local function read(ticket)
  local id, replica, workspace, weight, tokens = string.match(ticket, '^(.-)|(.-)|(.-)|(.-)|(.-)$')
  return replica, workspace, tonumber(weight), tonumber(tokens)
end
local function leave_queue(ticket, workspace)
  if redis.call('ZREM', queue, ticket) == 0 then return false end
  if redis.call('HINCRBY', waiting, workspace, -1) <= 0 then redis.call('HDEL', waiting, workspace) end
  line = line - 1
  if line == 0 then redis.call('DEL', finish, waiting) end
  return true
end
local far, memory = 1e15, 10000000
local function is_batch(workspace) return string.sub(workspace, 1, 1) == '~' end
local function virtual(batch)
  local time = tonumber(redis.call('HGET', state, batch and 'b' or 'v') or '0') or 0
  return batch and math.max(time, far) or time
end
local function earliest(batch)
  local time = virtual(batch)
  if batch then return time end
  local marks = redis.call('HMGET', state, 'm', 'l', 'e')
  for i = 1, 3 do marks[i] = tonumber(marks[i] or '') or 0 end
  local marked, later, earlier = unpack(marks)
  if now >= marked + memory then
    earlier = now < marked + 2 * memory and later or time
    redis.call('HSET', state, 'm', number(now), 'l', number(time), 'e', number(earlier))
  end
  return earlier
end
local function charge(workspace, cost)
  local tag = line > 0 and redis.call('ZSCORE', finish, workspace)
  if tag or (cost > 0 and line > 0) then
    redis.call('ZADD', finish, number((tonumber(tag or '') or earliest(is_batch(workspace))) + cost), workspace)
  end
end
local function give_up(ticket)
  local _, workspace, weight, tokens = read(ticket)
  if leave_queue(ticket, workspace) then charge(workspace, -tokens / weight) end
end
local function wake(replica, news)
  local list = string.gsub(permits, 'permits$', 'wake:') .. replica
  redis.call('RPUSH', list, news)
  redis.call('PEXPIRE', list, math.ceil(lease / 1000))
end
local function alive(replica)
  if replica == me then return true end
  local seen = redis.call('ZSCORE', replicas, replica)
  return seen and tonumber(seen) > now - lease / 3
end
local function serve()
  local wait = 0
  for _ = 1, 200 do
    if line == 0 then return 0 end
    local first = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
    local ticket = first[1]
    local replica, workspace, _, tokens = read(ticket)
    if not alive(replica) then
      give_up(ticket)
    else
      wait = wait_for(tokens)
      if wait > 0 then return replica == me and wait or math.max(wait, lease / 10) end
      local batch = is_batch(workspace)
      redis.call('HSET', state, batch and 'b' or 'v', number(math.max(virtual(batch), tonumber(first[2]))))
      redis.call('ZREMRANGEBYSCORE', finish, batch and far or '-inf', number(earliest(batch)))
      leave_queue(ticket, workspace)
      give(ticket, tokens, lease / 2)
      wake(replica, '+' .. ticket)
    end
  end
  return wait
end
local function here() redis.call('ZADD', replicas, number(now), me) end
local function renew()
  for i = 2, #KEYS do redis.call('PEXPIRE', KEYS[i], math.ceil(math.max(period / 50, lease / 500))) end
end
"""

ENTER = (
    _COMMON
    + """
local ticket, again, most_of_workspace, most_waiting = ARGV[11], ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[14])
local replica, workspace, weight, tokens = read(ticket)
if again == '1' and redis.call('ZSCORE', permits, ticket) then return {1, 0, 0, held, line} end
if line == 0 and wait_for(tokens) == 0 then
  give(ticket, tokens, lease)
  keep_rates()
  return {1, 0, 0, held, 0}
end
here()
if not redis.call('ZSCORE', queue, ticket) then
  if tonumber(redis.call('HGET', waiting, workspace) or '0') >= most_of_workspace then
    return {-1, 0, 0, held, line}
  end
  local start = math.max(earliest(is_batch(workspace)), tonumber(redis.call('ZSCORE', finish, workspace) or 0))
  if line >= most_waiting then
    local last = redis.call('ZREVRANGE', queue, 0, 0, 'WITHSCORES')
    if start >= tonumber(last[2]) then return {-2, 0, 0, held, line} end
    local whose = read(last[1])
    give_up(last[1])
    wake(whose, '-' .. last[1])
  end
  redis.call('ZADD', queue, number(start), ticket)
  redis.call('ZADD', finish, number(start + tokens / weight), workspace)
  redis.call('HINCRBY', waiting, workspace, 1)
  line = line + 1
end
local wait = serve()
keep_rates()
renew()
local place = redis.call('ZRANK', queue, ticket)
if place then return {0, place + 1, math.ceil(wait), held, line} end
return {redis.call('ZSCORE', permits, ticket) and 1 or -2, 0, math.ceil(wait), held, line}
"""
)
"""ARGV after the common ones: ticket, whether it has asked before, bound of a workspace, bound of all.

Gives 1 (a permit), 0 (waiting), -1 (the workspace has too many waiting) or -2 (all have); the place in the queue;
microseconds until it is worth looking again; permits held and tickets waiting.
"""

LEAVE = (
    _COMMON
    + """
for i = 11, #ARGV, 3 do
  local ticket, more, since = ARGV[i], tonumber(ARGV[i + 1]), now - tonumber(ARGV[i + 2])
  if redis.call('ZREM', permits, ticket) == 1 then
    held = held - 1
    if more ~= 0 then
      local _, workspace, weight = read(ticket)
      correct_tokens(more, since)
      charge(workspace, more / weight)
    end
  end
  if line > 0 then give_up(ticket) end
end
local wait = serve()
keep_rates()
return {math.ceil(wait), held, line}
"""
)
"""ARGV after the common ones: for each ticket that leaves: itself, how many tokens more it used than estimated, and the
microseconds since it was given. What is given back was taken then: where that is a ``per`` ago it is free already."""

TEND = (
    _COMMON
    + """
redis.call('ZREMRANGEBYSCORE', replicas, '-inf', now - lease)
here()
local count = tonumber(ARGV[11])
for i = 12, 11 + count do redis.call('ZADD', permits, number(now + lease), ARGV[i]) end
if count > 0 then redis.call('PEXPIRE', permits, math.ceil(lease / 500)) end
redis.call('ZREMRANGEBYSCORE', permits, '-inf', now)
held = redis.call('ZCARD', permits)
local wait = serve()
keep_rates()
renew()
local batches = redis.call('ZCOUNT', queue, far, '+inf')
local answer = {math.ceil(wait), held, line, redis.call('ZCARD', replicas), batches}
for i = 12 + count, #ARGV do
  local place = redis.call('ZRANK', queue, ARGV[i])
  answer[#answer + 1] = place and place + 1 or (redis.call('ZSCORE', permits, ARGV[i]) and 0 or -1)
end
return answer
"""
)
"""ARGV after the common ones: how many permits this process holds, those, and its waiting tickets.

Gives the wait, permits held, tickets waiting, replicas alive, how many of those tickets are batches', and for each
waiting ticket its place, 0 where it has its permit, -1 where it is not known (any more).
"""
