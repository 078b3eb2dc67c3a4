import { script } from './script.js';

/** What all scripts of a log begin with. KEYS: meta, entries, ids. */
const prelude = `
local META, LOG, IDS = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function int(number) return string.format('%.0f', number) end
local function lines(stored)
  local parts = {}
  for part in string.gmatch(stored .. '\\n', '(.-)\\n') do parts[#parts + 1] = part end
  return parts
end
-- A log is a list without holes: how many were trimmed away follows from its length.
local function trimmed(head) return head - redis.call('LLEN', LOG) end
local function put(offset, first, parts) redis.call('LSET', LOG, offset - first - 1, table.concat(parts, '\\n')) end
-- The text of an edit must not outlive the next edit, the deletion, or the message.
local function eraseEdit(offset, first)
  if offset <= first then return end
  local parts = lines(redis.call('LINDEX', LOG, offset - first - 1))
  parts[7], parts[8] = '""', ''
  put(offset, first, parts)
end
local function dropOldest(head)
  local kind, id = string.match(redis.call('LPOP', LOG), '^(.)\\n([^\\n]*)\\n')
  if kind ~= 'm' then return end
  local edit = string.match(redis.call('HGET', IDS, id) or '', ':(%d+)$')
  if edit then eraseEdit(tonumber(edit), trimmed(head)) end
  redis.call('HDEL', IDS, id)
end
local function trim(head, count, age)
  while redis.call('LLEN', LOG) > count do dropOldest(head) end
  if age <= 0 then return end
  while true do
    local oldest = redis.call('LINDEX', LOG, 0)
    if not oldest or tonumber(string.match(oldest, '^.\\n[^\\n]*\\n[^\\n]*\\n[^\\n]*\\n(%d+)')) + age > now then return end
    dropOldest(head)
  end
end
`;

/**
 * The one function that appends: finds a repeat, gives offset and time, stores, amends what the entry refers to, trims, and
 * publishes. KEYS: meta, entries, ids, receipt or meta again.
 *
 * ARGV: publish command, channel, an epoch for a log that begins, epoch and offset that the caller knows, how many entries are kept and
 * for how long, how long a key is known (0: there is none), then the draft: kind, id, user, base, text, data, target, reaction,
 * removed.
 *
 * Answers `stored`, epoch, offset, at, the id before; or `repeat`, epoch, offset, at, id and, where it is kept, the entry; or `missing`.
 */
export const append = script(`${prelude}
local publish, channel, newEpoch, knownEpoch, knownOffset = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local keep, age, keyWindow = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local kind, id, user, base, text, data, target = ARGV[9], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14], ARGV[15]
local found = redis.call('HMGET', META, 'epoch', 'head', 'last', 'at', 'born')
local epoch, head, last, at, born = found[1], tonumber(found[2]), found[3], tonumber(found[4]), found[5]
if not epoch then
  -- What an eviction may have left of an earlier log.
  redis.call('DEL', LOG, IDS)
  epoch, head, last, at, born = newEpoch, 0, '', 0, newEpoch
  redis.call('HSET', META, 'epoch', epoch, 'born', born, 'base', 0, 'head', 0, 'last', '', 'at', 0)
elseif epoch == knownEpoch and knownOffset > head then
  -- The store was rolled back: offsets that somebody has seen would be given again.
  redis.call('HSET', META, 'was', epoch, 'base', head, 'epoch', newEpoch)
  epoch = newEpoch
end
-- A message whose id is there is a repeat as well: the client of Redis may have sent it twice.
local again
if keyWindow > 0 then
  local bornThen, idThen, offsetThen, atThen = string.match(redis.call('GET', KEYS[4]) or '', '^(.-)\\n(.-)\\n(.-)\\n(.-)$')
  if bornThen == born then again = { idThen, offsetThen, atThen } end
elseif kind == 'm' then
  local offset = string.match(redis.call('HGET', IDS, id) or '', '^(%d+)')
  if offset then
    local parts = lines(redis.call('LINDEX', LOG, offset - trimmed(head) - 1) or '')
    again = { id, offset, parts[5] or '0' }
  end
end
if again then
  local index = tonumber(again[2]) - trimmed(head) - 1
  local kept = index >= 0 and redis.call('LINDEX', LOG, index)
  return { 'repeat', epoch, again[2], again[3], again[1], kept or '' }
end
local first = trimmed(head)
local message, offset
if target ~= '' then
  local place = redis.call('HGET', IDS, target)
  if not place then return { 'missing' } end
  offset = tonumber(string.match(place, '^(%d+)'))
  local edit = string.match(place, ':(%d+)$')
  local stored = redis.call('LINDEX', LOG, offset - first - 1)
  if not stored then return { 'missing' } end
  message = lines(stored)
  if edit and kind ~= 'r' then eraseEdit(tonumber(edit), first) end
end
at = math.max(now, at)
head = head + 1
if kind == 'e' then
  message[7], message[8], message[9] = text, data, int(at)
  redis.call('HSET', IDS, target, int(offset) .. ':' .. int(head))
elseif kind == 'x' then
  message[1], message[7], message[8], message[10], message[11] = 'M', '""', '', int(at), ''
  redis.call('HDEL', IDS, target)
elseif kind == 'r' then
  local symbol, removed = ARGV[16], ARGV[17]
  local groups, seen = {}, false
  for group in string.gmatch(message[11], '[^\\v]+') do
    if string.match(group, '^[^\\t]*') == symbol then
      seen = true
      local users = {}
      for part in string.gmatch(group, '[^\\t]+') do if #users == 0 or part ~= user then users[#users + 1] = part end end
      if removed == '' then users[#users + 1] = user end
      group = #users > 1 and table.concat(users, '\\t')
    end
    if group then groups[#groups + 1] = group end
  end
  if not seen and removed == '' then groups[#groups + 1] = symbol .. '\\t' .. user end
  message[11] = table.concat(groups, '\\v')
end
if message then put(offset, first, message) end
local entry = table.concat({ kind, id, user, int(head), int(at), base, text, data, '', '', '' }, '\\n')
redis.call('RPUSH', LOG, entry)
if kind == 'm' then redis.call('HSET', IDS, id, int(head)) end
redis.call('HSET', META, 'head', int(head), 'last', id, 'at', int(at))
trim(head, keep, age)
if age > 0 then
  redis.call('PEXPIRE', LOG, int(age))
  redis.call('PEXPIRE', IDS, int(age))
  -- Longer than the entries: a log that is empty by now counts on for whoever comes back.
  redis.call('PEXPIRE', META, int(age + 86400000))
end
if keyWindow > 0 then
  redis.call('SET', KEYS[4], table.concat({ born, id, int(head), int(at) }, '\\n'), 'PX', int(keyWindow))
end
redis.call(publish, channel, table.concat({ 'E', epoch, last, entry }, '\\n'))
return { 'stored', epoch, int(head), int(at), last }
`);

/** What a key of an earlier append came to. KEYS: meta, entries, ids, receipt. Answers epoch, offset, at, id and the entry; or nothing. */
export const find = script(`${prelude}
local bornThen, id, offset, at = string.match(redis.call('GET', KEYS[4]) or '', '^(.-)\\n(.-)\\n(.-)\\n(.-)$')
local found = redis.call('HMGET', META, 'epoch', 'head', 'born')
if not found[1] or bornThen ~= found[3] then return {} end
local index = tonumber(offset) - trimmed(tonumber(found[2])) - 1
return { found[1], offset, at, id, index >= 0 and redis.call('LINDEX', LOG, index) or '' }
`);

/**
 * A page. ARGV: `after` or `before`, the offset, how many, bytes, `1` for messages only, for how long entries are kept.
 * Answers epoch (empty: there is no such log), head, how many were trimmed, whether there are more, and the entries in the order of reading.
 */
export const read = script(`${prelude}
local found = redis.call('HMGET', META, 'epoch', 'head')
if not found[1] then return { '', '0', '0', '' } end
local head = tonumber(found[2])
trim(head, math.huge, tonumber(ARGV[6]))
local first = trimmed(head)
local up, limit, bytes, only = ARGV[1] == 'after', tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local page, size, more = { found[1], int(head), int(first), '' }, 0, ''
local index = up and math.max(tonumber(ARGV[2]), first) - first or math.min(tonumber(ARGV[2]) - 1, head) - first - 1
local last = head - first - 1
while more == '' and index >= 0 and index <= last do
  local to = up and math.min(index + 99, last) or math.max(index - 99, 0)
  local stored = redis.call('LRANGE', LOG, math.min(index, to), math.max(index, to))
  for step = 1, #stored do
    local entry = stored[up and step or #stored + 1 - step]
    local kind = string.sub(entry, 1, 1)
    -- About what it weighs in memory there.
    local weight = 256 + 2 * #entry
    if not only or kind == 'm' or kind == 'd' or kind == 'M' then
      if #page - 4 >= limit or (#page > 4 and size + weight > bytes) then more = '1' break end
      page[#page + 1] = entry
      size = size + weight
    end
  end
  index = up and to + 1 or to - 1
end
page[4] = more
return page
`);

/** A message by its id. ARGV: the id, for how long entries are kept. */
export const get = script(`${prelude}
local head = tonumber(redis.call('HGET', META, 'head') or '0')
trim(head, math.huge, tonumber(ARGV[2]))
local offset = string.match(redis.call('HGET', IDS, ARGV[1]) or '', '^(%d+)')
return offset and redis.call('LINDEX', LOG, offset - trimmed(head) - 1) or false
`);

/** How many messages of others there are. ARGV: above, up to, how many at most, the user not to count, for how long entries are kept. */
export const count = script(`${prelude}
local head = tonumber(redis.call('HGET', META, 'head') or '0')
trim(head, math.huge, tonumber(ARGV[5]))
local first, limit, except, counted = trimmed(head), tonumber(ARGV[3]), ARGV[4], 0
local from, to = math.max(tonumber(ARGV[1]), first) - first, math.min(tonumber(ARGV[2]), head) - first - 1
while from <= to and counted < limit do
  for _, entry in ipairs(redis.call('LRANGE', LOG, from, math.min(from + 99, to))) do
    local kind, user = string.match(entry, '^(.)\\n[^\\n]*\\n([^\\n]*)\\n')
    if (kind == 'm' or kind == 'd') and user ~= except then counted = counted + 1 end
  end
  from = from + 100
end
return math.min(counted, limit)
`);

/**
 * Where a log stands; makes it where it is not there, so that who follows an empty log is in the epoch of its first entry.
 * ARGV: an epoch for that, an offset, for how long entries are kept.
 * Answers epoch, head, last id, how many were trimmed, the epoch before and where that ended, and the id at the offset, if it is kept.
 */
export const where = script(`${prelude}
local found = redis.call('HMGET', META, 'epoch', 'head', 'last', 'was', 'base')
local age = tonumber(ARGV[3])
if not found[1] then
  redis.call('DEL', LOG, IDS)
  redis.call('HSET', META, 'epoch', ARGV[1], 'born', ARGV[1], 'base', 0, 'head', 0, 'last', '', 'at', 0)
  if age > 0 then redis.call('PEXPIRE', META, int(age + 86400000)) end
  return { ARGV[1], '0', '', '0', '', '0', '' }
end
-- As long as somebody follows, it counts on.
if age > 0 and redis.call('PTTL', META) < 43200000 then redis.call('PEXPIRE', META, int(age + 86400000)) end
local head = tonumber(found[2])
local first = trimmed(head)
local index = tonumber(ARGV[2]) - first - 1
local stored = index >= 0 and redis.call('LINDEX', LOG, index)
return { found[1], int(head), found[3], int(first), found[4] or '', found[5], stored and string.match(stored, '^.\\n([^\\n]*)') or '' }
`);

/** Begins a new epoch with what there is: the store was rolled back. ARGV: the epoch that is to end, the next, publish command, channel. */
export const renew = script(`
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'was', ARGV[1], 'base', redis.call('HGET', KEYS[1], 'head'), 'epoch', ARGV[2])
redis.call(ARGV[3], ARGV[4], '?')
return 1
`);

/** Forgets a log. ARGV: publish command, channel. */
export const remove = script(`
if tonumber(redis.call('HGET', KEYS[1], 'head') or '0') == 0 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call(ARGV[1], ARGV[2], '?')
return 1
`);

/** Erases the direct messages of a user, in place. ARGV: the user. */
export const erase = script(`${prelude}
for index = 0, redis.call('LLEN', LOG) - 1 do
  local stored = redis.call('LINDEX', LOG, index)
  local kind, user = string.match(stored, '^(.)\\n[^\\n]*\\n([^\\n]*)\\n')
  if kind == 'd' and user == ARGV[1] then
    local parts = lines(stored)
    parts[1], parts[7], parts[8], parts[10] = 'M', '""', '', int(now)
    redis.call('LSET', LOG, index, table.concat(parts, '\\n'))
  end
end
return 1
`);

export const logScripts = [append, find, read, get, count, where, renew, remove, erase];
