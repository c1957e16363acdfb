-- One provider of one organisation: whether it is called at all, decided for all workers in one step.
-- KEYS: state (hash), the last calls (list), the probe, that it opened lately (strings).
-- ARGV: operation, lease, then figures.
local state, calls, probe, lately = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local op, lease = ARGV[1], ARGV[2]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local KEEP = 86400000
local LATELY = 180000           -- whoever looks each minute learns of it, however soon it closes
local STREAK = 5                -- failures one after the other are remembered so many times longer

local until_ = redis.call('HGET', state, 'until')

if op == 'ask' then             -- how long a probe may take
  if not until_ then
    local last = redis.call('LINDEX', calls, 0)
    if not (last and last:match(':1$')) then return {0, 'closed'} end
    -- the last call failed: one at a time until one is answered, so that no more workers hang than one
    if redis.call('SET', probe, lease, 'NX', 'PX', ARGV[3]) then return {0, 'closed'} end
    return {math.max(50, math.min(500, redis.call('PTTL', probe))), 'doubted'}
  end
  if now < tonumber(until_) then return {tonumber(until_) - now, 'open'} end
  if redis.call('SET', probe, lease, 'NX', 'PX', ARGV[3]) then return {0, 'probe'} end
  return {math.max(100, math.min(5000, redis.call('PTTL', probe))), 'probing'}
end

if op == 'look' then            -- as 'ask' would answer somebody else, but nothing is taken; and how many may come
  local last = redis.call('LINDEX', calls, 0)
  local doubted = not until_ and last and last:match(':1$')
  if until_ and now < tonumber(until_) then return {tonumber(until_) - now, 'open', 0} end
  if not until_ and not doubted then return {0, 'closed', -1} end
  local left = redis.call('PTTL', probe)
  if left <= 0 then return {0, until_ and 'probe' or 'closed', 1} end
  if doubted then return {math.max(50, math.min(500, left)), 'doubted', 0} end
  return {math.max(100, math.min(5000, left)), 'probing', 0}
end

-- tell: outcome, failures that open it, calls looked at, within, pause, longest pause, successes
local outcome = ARGV[3]
local failures, size, within = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local pause, longest, successes = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

local function open(spell)
  redis.call('HSET', state, 'until', now + spell, 'spell', spell, 'good', 0)
  redis.call('HSETNX', state, 'since', now)
  redis.call('PEXPIRE', state, KEEP)
  redis.call('DEL', calls)
  redis.call('SET', lately, now, 'PX', LATELY)
  return 'opened'
end

local is_probe = redis.call('GET', probe) == lease
if is_probe then redis.call('DEL', probe) end
if outcome == 'unused' then return 'same' end

if until_ then
  if not is_probe then return 'same' end
  if outcome == 'failed' then
    return open(math.min(longest, 2 * tonumber(redis.call('HGET', state, 'spell'))))
  end
  if redis.call('HINCRBY', state, 'good', 1) < successes then return 'same' end
  redis.call('DEL', state, calls)
  return 'closed'
end

redis.call('LPUSH', calls, now .. (outcome == 'failed' and ':1' or ':0'))
redis.call('LTRIM', calls, 0, size - 1)
redis.call('PEXPIRE', calls, STREAK * within)
local bad, streak, unbroken = 0, 0, true
for _, one in ipairs(redis.call('LRANGE', calls, 0, -1)) do
  local at, failed = one:match('^(%d+):(%d)$')
  unbroken = unbroken and failed == '1' and now - tonumber(at) <= STREAK * within
  if unbroken then streak = streak + 1 end
  if failed == '1' and now - tonumber(at) <= within then bad = bad + 1 end
end
if bad >= failures or streak >= failures then return open(pause) end
return 'same'
