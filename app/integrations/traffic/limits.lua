-- One provider of one organisation: token buckets and calls in flight, asked and told in one step.
-- KEYS: state (hash), calls in flight (zset), calls still owed (hash).
-- ARGV: operation, lease, then what the operation needs. Times are milliseconds by Redis's own clock.
-- Nobody's clock but Redis's counts. What is missing starts EMPTY, so that a flush causes no burst.
local state, flight, owed = KEYS[1], KEYS[2], KEYS[3]
local op, lease = ARGV[1], ARGV[2]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local KEEP = 7 * 86400000

local function number(field)
  return tonumber(redis.call('HGET', state, field) or '0')
end

local function born()
  local at = redis.call('HGET', state, 'born')
  if at then return tonumber(at) end
  redis.call('HSET', state, 'born', now, 'at', now)
  redis.call('PEXPIRE', state, KEEP)
  return now
end

local function sweep()
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', flight, '-inf', now)) do
    redis.call('HDEL', owed, gone)
  end
  redis.call('ZREMRANGEBYSCORE', flight, '-inf', now)
end

local function hold_lease(ttl)
  redis.call('ZADD', flight, now + ttl, lease)
  for _, key in ipairs({flight, owed}) do redis.call('PEXPIRE', key, KEEP) end
end

if op == 'beat' then            -- ttl
  born()
  hold_lease(tonumber(ARGV[3]))
  return 0
end

if op == 'leave' then           -- tokens back, calls made beyond those asked for, number of buckets
  redis.call('ZREM', flight, lease)
  redis.call('HDEL', owed, lease)
  local change = tonumber(ARGV[3]) - tonumber(ARGV[4])
  if change ~= 0 and redis.call('EXISTS', state) == 1 then
    for i = 1, tonumber(ARGV[5]) do redis.call('HINCRBYFLOAT', state, 'tokens' .. i, change) end
  end
  return 0
end

if op == 'wait' then            -- nobody calls before so many milliseconds have passed
  born()
  local until_ = now + tonumber(ARGV[3])
  if until_ > number('hold') then redis.call('HSET', state, 'hold', until_) end
  return 0
end

if op == 'shrink' then          -- bucket, its tokens a millisecond, tokens at most: it counted more
  born()
  local field = 'tokens' .. ARGV[3]
  local now_at_most = tonumber(ARGV[5]) - math.max(0, now - number('at')) * tonumber(ARGV[4])
  if number(field) > now_at_most then redis.call('HSET', state, field, tostring(now_at_most)) end
  return 0
end

-- ask: ttl, grace, priority, is it a further call (0 or 1), calls expected, horizon, at once in all,
-- number of buckets, then capacity and tokens a millisecond of each.
-- Returns milliseconds to wait (0: go) and why.
local ttl, grace, priority = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local further, expected, horizon = ARGV[6] == '1', tonumber(ARGV[7]), tonumber(ARGV[8])
local at_once, buckets = tonumber(ARGV[9]), tonumber(ARGV[10])

local since = born()
sweep()
local passed = math.max(0, now - number('at'))
local tokens, slowest, missing, fewest = {}, math.huge, 0, math.huge
for i = 1, buckets do
  local capacity, rate = tonumber(ARGV[9 + 2 * i]), tonumber(ARGV[10 + 2 * i])
  tokens[i] = math.min(capacity, number('tokens' .. i) + passed * rate)
  redis.call('HSET', state, 'tokens' .. i, tostring(tokens[i]))
  slowest, fewest = math.min(slowest, rate), math.min(fewest, tokens[i])
  if tokens[i] < 1 then missing = math.max(missing, (1 - tokens[i]) / rate) end
end
redis.call('HSET', state, 'at', now)

-- Those who wait get turns one behind the other, a little closer than calls may follow, so that the
-- queue is asked as often as there is something to give, and somebody always stands at the door.
-- Each priority has a queue of its own: what is signed today stands behind no season's backlog.
local function turn(earliest)
  local queue = 'turn' .. priority
  local base = math.max(earliest, number(queue))
  local mine = math.min(base + 0.8 / slowest, now + 300000)
  redis.call('HSET', state, queue, mine)
  return mine - now
end

local function refuse(wait, why)
  return {math.max(1, math.ceil(wait)), why}
end

local hold = number('hold')
if hold > now then
  return refuse(priority >= 200 and hold - now or turn(hold), 'hold')
end

local waiting, waiting_until = number('waiting'), number('waiting_until')
local first = further and 32767 or priority
local stands_behind = now < waiting_until and first < waiting

if not further then
  if now < since + grace then return refuse(since + grace - now, 'start') end
  if redis.call('ZCARD', flight) >= at_once then
    return refuse(math.max(50, 1 / slowest), 'full')
  end
  local debts = 0
  for _, left in ipairs(redis.call('HVALS', owed)) do debts = debts + tonumber(left) end
  if debts > 0 and debts + expected > fewest + slowest * horizon then
    return refuse(turn(now), 'busy')
  end
end

if missing > 0 or stands_behind then
  if not stands_behind then
    redis.call('HSET', state, 'waiting', first, 'waiting_until', now + missing + 1500)
    if further or first >= 200 then return refuse(missing, 'pace') end
  end
  return refuse(turn(now + missing), 'pace')
end

if first >= waiting then redis.call('HSET', state, 'waiting_until', 0) end
for i = 1, buckets do redis.call('HINCRBYFLOAT', state, 'tokens' .. i, -1) end
hold_lease(ttl)
if further then
  if tonumber(redis.call('HGET', owed, lease) or '0') > 1 then
    redis.call('HINCRBY', owed, lease, -1)
  else
    redis.call('HDEL', owed, lease)
  end
elseif expected > 1 then
  redis.call('HSET', owed, lease, expected - 1)
end
return {0, 'go'}
