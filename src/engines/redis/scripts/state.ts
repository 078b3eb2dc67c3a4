import { script } from './script.js';

/*
 * The facts of a scope: one hash. `k` and the key hold when the fact is over (empty: never) and its JSON; `v` is the version of all,
 * `m` when the last of them is over (empty: never).
 */
const prelude = `
local FACTS = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local micros = time[1] * 1000000 + time[2]
local function int(number) return string.format('%.0f', number) end
local function fresh(stored)
  local ends, value = string.match(stored, '^(%d*)\\n(.*)$')
  return (ends == '' or tonumber(ends) > now) and value or nil
end
`;

/**
 * Sets a fact, or takes it away. ARGV: publish command, channel, key, value or nothing, ttl (0: for good), whether it is compared, and with
 * what. Answers `same` when it was another value, else the change as it was published.
 */
export const setFact = script(`${prelude}
local key, value, ttl = ARGV[3], ARGV[4], tonumber(ARGV[5])
if ARGV[6] == '1' then
  local stored = redis.call('HGET', FACTS, 'k' .. key)
  if (stored and fresh(stored) or '') ~= ARGV[7] then return 'same' end
end
local before = redis.call('HGET', FACTS, 'v') or '0'
local version = int(math.max(tonumber(before) + 1, micros))
if value == '' then
  redis.call('HDEL', FACTS, 'k' .. key)
else
  local ends = ttl > 0 and int(now + ttl) or ''
  redis.call('HSET', FACTS, 'k' .. key, ends .. '\\n' .. value)
  local last = redis.call('HGET', FACTS, 'm')
  if ends == '' or last == '' then last = '' else last = int(math.max(tonumber(last or '0'), tonumber(ends))) end
  redis.call('HSET', FACTS, 'm', last)
  if last == '' then redis.call('PERSIST', FACTS) else redis.call('PEXPIREAT', FACTS, last) end
end
redis.call('HSET', FACTS, 'v', version)
if redis.call('HLEN', FACTS) <= 1 + redis.call('HEXISTS', FACTS, 'm') then redis.call('DEL', FACTS) end
local message = table.concat({ before, version, key, value }, '\\n')
redis.call(ARGV[1], ARGV[2], message)
return message
`);

/** The JSON of a fact. ARGV: key. */
export const getFact = script(`${prelude}
local stored = redis.call('HGET', FACTS, 'k' .. ARGV[1])
return stored and fresh(stored) or false
`);

/** All facts. Answers the version, then keys and values. */
export const listFacts = script(`${prelude}
local page = { redis.call('HGET', FACTS, 'v') or '0' }
local all = redis.call('HGETALL', FACTS)
for index = 1, #all, 2 do
  if string.sub(all[index], 1, 1) == 'k' then
    local value = fresh(all[index + 1])
    if value then
      page[#page + 1] = string.sub(all[index], 2)
      page[#page + 1] = value
    else
      redis.call('HDEL', FACTS, all[index])
    end
  end
end
if #page == 1 and #all > 0 then redis.call('DEL', FACTS) end
return page
`);

/** The version of all facts. */
export const factsVersion = script(`return redis.call('HGET', KEYS[1], 'v') or '0'`);

export const stateScripts = [setFact, getFact, listFacts, factsVersion];
