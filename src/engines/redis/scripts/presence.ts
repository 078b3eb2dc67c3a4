import { type Script, script } from './script.js';

/*
 * Everything of presence is in one slot. After the prefix:
 *
 *   nodes        zset   leases by the time of their end      gone      zset  leases that others declared dead, by when
 *   dying        zset   those of the dead whose sessions are still being seen to, by the end of the lease
 *   store        string a random name: another one means that all was lost
 *   node:LEASE   set    members that a lease holds
 *   s:MEMBER     hash   a session: g generation, k secret, n node, l lease, u user, a guest, N name, x end of the
 *                       reservation, r:ROOM for each room
 *   k:SECRET     string the member                          u:USER    set   the members of a user
 *   names        hash   name key -> user TAB name            held      hash  user -> name key TAB name
 *   reserved     zset   members by the end of their reservation
 *   rooms        zset   rooms that have members, by name
 *   r:ROOM       hash   v version, USER -> name TAB member TAB member …, the first to come first
 *   c:ROOM       channel
 *
 * MEMBER, USER, ROOM and names are JSON strings: they hold no TAB and no line feed, and go into changes as they are.
 */
const prelude = `
local P, PUBLISH, LEASE = KEYS[1], ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local micros = time[1] * 1000000 + time[2]
local told = {}
local function int(number) return string.format('%.0f', number) end
local function split(text)
  local parts = {}
  for part in string.gmatch(text, '[^\\t]+') do parts[#parts + 1] = part end
  return parts
end
local function answer(status, ...)
  return { status, told, ... }
end
-- What a node does whose lease is not there: another declared it dead, or the store lost it.
local function stranger()
  if redis.call('ZSCORE', P .. 'nodes', LEASE) then return nil end
  return answer(redis.call('ZSCORE', P .. 'gone', LEASE) and 'fenced' or 'unknown')
end
-- Versions grow, and never repeat after a room was empty: they begin with the time.
local function tell(room, change)
  local key = P .. 'r:' .. room
  local before = redis.call('HGET', key, 'v') or '0'
  local version = int(math.max(tonumber(before) + 1, micros))
  redis.call('HSET', key, 'v', version)
  local count = redis.call('HLEN', key) - 1
  if count == 0 then
    redis.call('DEL', key)
    redis.call('ZREM', P .. 'rooms', room)
  end
  local message = before .. '\\n' .. version .. '\\n{' .. change .. ',"count":' .. int(count) .. '}'
  redis.call(PUBLISH, P .. 'c:' .. room, message)
  told[#told + 1] = room
  told[#told + 1] = message
end
local function author(member, user, name)
  return '{"id":' .. member .. ',"user":' .. user .. ',"name":' .. name .. '}'
end
local function change(joined, left, renamed)
  return '"joined":[' .. joined .. '],"left":[' .. left .. '],"renamed":[' .. renamed .. ']'
end
local function nameOf(user, otherwise)
  local held = redis.call('HGET', P .. 'held', user)
  return held and string.match(held, '\\t(.*)$') or otherwise
end
local function freeName(user)
  local held = redis.call('HGET', P .. 'held', user)
  if not held then return end
  redis.call('HDEL', P .. 'names', string.match(held, '^[^\\t]*'))
  redis.call('HDEL', P .. 'held', user)
end
local function giveName(user, key, name)
  freeName(user)
  redis.call('HSET', P .. 'names', key, user .. '\\t' .. name)
  redis.call('HSET', P .. 'held', user, key .. '\\t' .. name)
end
local function session(member)
  local got = redis.call('HMGET', P .. 's:' .. member, 'g', 'k', 'l', 'u', 'a', 'N', 'x')
  if not got[1] then return nil end
  return { generation = got[1], secret = got[2], lease = got[3], user = got[4], guest = got[5] == '1', name = got[6], reserved = got[7] }
end
-- The session, when the fence holds.
local function holder(member, generation)
  local found = session(member)
  return found and found.generation == generation and found or nil
end
-- Why it does not: another has the session by now, or it is gone, which is news to a node that holds it.
local function refusal(member) return answer(session(member) and 'no' or 'lost') end
local function roomsOf(member)
  local rooms = {}
  for _, field in ipairs(redis.call('HKEYS', P .. 's:' .. member)) do
    local room = string.match(field, '^r:(.*)$')
    if room then rooms[#rooms + 1] = room end
  end
  return rooms
end
local function enter(member, found, room, limit)
  local key = P .. 'r:' .. room
  local row = redis.call('HGET', key, found.user)
  if not row then
    local count = redis.call('HLEN', key)
    if count > 0 then count = count - 1 end
    if count >= limit then return 'full' end
  end
  redis.call('HSET', P .. 's:' .. member, 'r:' .. room, '1')
  if row then
    for index, part in ipairs(split(row)) do if index > 1 and part == member then return 'ok' end end
    redis.call('HSET', key, found.user, row .. '\\t' .. member)
    return 'ok'
  end
  local name = nameOf(found.user, found.name)
  redis.call('HSET', key, found.user, name .. '\\t' .. member)
  redis.call('ZADD', P .. 'rooms', 0, room)
  tell(room, change(author(member, found.user, name), '', ''))
  return 'ok'
end
local function leave(member, found, room)
  local key = P .. 'r:' .. room
  local row = redis.call('HGET', key, found.user)
  if not row then return end
  local parts, left, was = split(row), {}, false
  for index, part in ipairs(parts) do
    if index > 1 and part == member then was = true else left[#left + 1] = part end
  end
  if not was then return end
  if #left > 1 then
    redis.call('HSET', key, found.user, table.concat(left, '\\t'))
    return
  end
  redis.call('HDEL', key, found.user)
  tell(room, change('', author(member, found.user, parts[1]), ''))
end
local function rename(user, name)
  local seen = {}
  for _, member in ipairs(redis.call('SMEMBERS', P .. 'u:' .. user)) do
    for _, room in ipairs(roomsOf(member)) do
      local key = P .. 'r:' .. room
      local row = not seen[room] and redis.call('HGET', key, user)
      seen[room] = true
      local parts = row and split(row)
      if parts and parts[1] ~= name then
        local was = parts[1]
        parts[1] = name
        redis.call('HSET', key, user, table.concat(parts, '\\t'))
        tell(room, change('', '', '{"id":' .. parts[2] .. ',"user":' .. user .. ',"name":' .. name .. ',"was":' .. was .. '}'))
      end
    end
  end
end
local function save(member, generation, secret, node, user, guest, name)
  redis.call('HSET', P .. 's:' .. member, 'g', generation, 'k', secret, 'n', node, 'l', LEASE, 'u', user, 'a', guest, 'N', name)
  redis.call('SET', P .. 'k:' .. secret, member)
  redis.call('SADD', P .. 'u:' .. user, member)
  redis.call('SADD', P .. 'node:' .. LEASE, member)
end
local function finish(member, found)
  for _, room in ipairs(roomsOf(member)) do leave(member, found, room) end
  redis.call('DEL', P .. 's:' .. member, P .. 'k:' .. found.secret)
  redis.call('SREM', P .. 'node:' .. found.lease, member)
  redis.call('ZREM', P .. 'reserved', member)
  redis.call('SREM', P .. 'u:' .. found.user, member)
  if found.guest and redis.call('SCARD', P .. 'u:' .. found.user) == 0 then freeName(found.user) end
end
-- Out of its rooms, and kept for its client until then; the rooms stay written in it.
local function reserve(member, untilThen)
  local found = session(member)
  if not found then return end
  for _, room in ipairs(roomsOf(member)) do leave(member, found, room) end
  redis.call('HSET', P .. 's:' .. member, 'x', int(untilThen))
  redis.call('ZADD', P .. 'reserved', int(untilThen), member)
end
-- The sessions of a lease that is no more, some at a time: nobody waits long for it. Says whether there are more.
local function bury(lease, ended, window, most)
  local members = redis.call('SPOP', P .. 'node:' .. lease, most)
  for _, member in ipairs(members) do reserve(member, ended + window) end
  if redis.call('SCARD', P .. 'node:' .. lease) > 0 then return true end
  redis.call('ZREM', P .. 'dying', lease)
  return false
end
-- A session with the name that its user has now: fields and values.
local function record(member)
  local fields = redis.call('HGETALL', P .. 's:' .. member)
  if #fields == 0 then return nil end
  local name, user
  for index = 1, #fields, 2 do
    if fields[index] == 'N' then name = index + 1 end
    if fields[index] == 'u' then user = fields[index + 1] end
  end
  local held = redis.call('HGET', P .. 'held', user)
  fields[name] = held and string.match(held, '\\t(.*)$') or fields[name]
  fields[#fields + 1] = 'h'
  fields[#fields + 1] = held and string.match(held, '^[^\\t]*') or ''
  fields[#fields + 1] = 'm'
  fields[#fields + 1] = member
  return fields
end
`;

const write = (body: string): Script =>
  script(`${prelude}
local strange = stranger()
if strange then return strange end
${body}`);

const look = (body: string): Script => script(prelude + body);

/** Every script takes the publish command and the lease first; then what is named. All answer a status, and what was told of rooms. */
export const presence = {
  /** member, generation, secret, node, user, guest, name. Answers the name key and the name that the user has. */
  open: write(`
    save(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
    return answer('ok', redis.call('HGET', P .. 'held', ARGV[7]) or '')`),

  /** secret, node, generation or nothing. Answers the session before it is another node's, its lease, and its generation now. */
  take: write(`
    local member = redis.call('GET', P .. 'k:' .. ARGV[3])
    local found = member and session(member)
    if not found or (ARGV[5] ~= '' and found.generation ~= ARGV[5]) then return answer('none') end
    local was = redis.call('HGET', P .. 's:' .. member, 'n')
    redis.call('SREM', P .. 'node:' .. found.lease, member)
    redis.call('SADD', P .. 'node:' .. LEASE, member)
    redis.call('HINCRBY', P .. 's:' .. member, 'g', 1)
    redis.call('HSET', P .. 's:' .. member, 'n', ARGV[4], 'l', LEASE)
    redis.call('HDEL', P .. 's:' .. member, 'x')
    redis.call('ZREM', P .. 'reserved', member)
    return answer('ok', was, record(member))`),

  /** member, generation. */
  end: write(`
    local found = holder(ARGV[3], ARGV[4])
    if not found then return answer('no') end
    finish(ARGV[3], found)
    return answer('ok')`),

  /** member, generation, key, name. */
  claim: write(`
    local found = holder(ARGV[3], ARGV[4])
    if not found then return refusal(ARGV[3]) end
    local owner = redis.call('HGET', P .. 'names', ARGV[5])
    if owner and string.match(owner, '^[^\\t]*') ~= found.user then return answer('no') end
    giveName(found.user, ARGV[5], ARGV[6])
    rename(found.user, ARGV[6])
    return answer('ok')`),

  /** member, generation, room, limit. */
  enter: write(`
    local found = holder(ARGV[3], ARGV[4])
    if not found then return refusal(ARGV[3]) end
    return answer(enter(ARGV[3], found, ARGV[5], tonumber(ARGV[6])))`),

  /** member, generation, room. */
  leave: write(`
    local found = holder(ARGV[3], ARGV[4])
    if not found then return refusal(ARGV[3]) end
    leave(ARGV[3], found, ARGV[5])
    redis.call('HDEL', P .. 's:' .. ARGV[3], 'r:' .. ARGV[5])
    return answer('ok')`),

  /** secret. */
  peek: look(`
    local member = redis.call('GET', P .. 'k:' .. ARGV[3])
    return answer('ok', member and record(member) or {})`),

  /** member. */
  find: look(`return answer('ok', record(ARGV[3]) or {})`),

  /** user. */
  sessions: look(`
    local found = {}
    for _, member in ipairs(redis.call('SMEMBERS', P .. 'u:' .. ARGV[3])) do found[#found + 1] = record(member) end
    return answer('ok', found)`),

  /** name key. */
  owner: look(`return answer('ok', redis.call('HGET', P .. 'names', ARGV[3]) or '')`),

  /** user. */
  nameOf: look(`return answer('ok', nameOf(ARGV[3], ''))`),

  /** room. Answers the store, the version, the leases that are over and not yet buried, and a row for each user. */
  list: look(`
    local late = redis.call('ZRANGEBYSCORE', P .. 'nodes', '-inf', int(now))
    local rows = redis.call('HGETALL', P .. 'r:' .. ARGV[3])
    return answer('ok', redis.call('GET', P .. 'store') or '', redis.call('HGET', P .. 'r:' .. ARGV[3], 'v') or '0', late, rows)`),

  /** room. Answers the store and the version. */
  version: look(`
    return answer('ok', redis.call('GET', P .. 'store') or '', redis.call('HGET', P .. 'r:' .. ARGV[3], 'v') or '0')`),

  /** after, or nothing; how many. Answers rooms and counts. */
  rooms: look(`
    local from = ARGV[3] == '' and '-' or '(' .. ARGV[3]
    local page = {}
    for _, room in ipairs(redis.call('ZRANGEBYLEX', P .. 'rooms', from, '+', 'LIMIT', 0, ARGV[4])) do
      page[#page + 1] = room
      page[#page + 1] = redis.call('HLEN', P .. 'r:' .. room) - 1
    end
    return answer('ok', page)`),

  /**
   * Begins the lease, or makes it last. ttl, a name for a store that has none. Answers whether the lease was there, whether it was over, the
   * store, all leases, and the time.
   */
  renew: look(`
    if redis.call('ZSCORE', P .. 'gone', LEASE) then return answer('fenced') end
    local ends = tonumber(redis.call('ZSCORE', P .. 'nodes', LEASE) or '0')
    redis.call('ZADD', P .. 'nodes', int(now + tonumber(ARGV[3])), LEASE)
    redis.call('SETNX', P .. 'store', ARGV[4])
    return answer('ok', ends > 0 and '1' or '', ends > 0 and ends < now and '1' or '', redis.call('GET', P .. 'store'), redis.call('ZRANGE', P .. 'nodes', 0, -1), int(now))`),

  /**
   * Declares one dead whose lease is over, buries the dead, ends reservations. window, how many, when this node renewed its own lease: one
   * that had to wait here, with all others, judges nobody. Answers whether there is more to do.
   */
  reap: write(`
    if now - tonumber(ARGV[5]) > 8000 then return answer('late') end
    local window, most = tonumber(ARGV[3]), tonumber(ARGV[4])
    local dead = redis.call('ZRANGEBYSCORE', P .. 'nodes', '-inf', int(now - 1), 'WITHSCORES', 'LIMIT', 0, 1)
    if dead[1] then
      redis.call('ZREM', P .. 'nodes', dead[1])
      redis.call('ZADD', P .. 'gone', int(now), dead[1])
      redis.call('ZADD', P .. 'dying', dead[2], dead[1])
    end
    local dying = redis.call('ZRANGE', P .. 'dying', 0, 0, 'WITHSCORES')
    local more = false
    if dying[1] then more = bury(dying[1], tonumber(dying[2]), window, most) or redis.call('ZCARD', P .. 'dying') > 0 end
    local over = redis.call('ZRANGEBYSCORE', P .. 'reserved', '-inf', int(now), 'LIMIT', 0, most)
    for _, member in ipairs(over) do
      local found = session(member)
      if found and found.reserved then finish(member, found) else redis.call('ZREM', P .. 'reserved', member) end
    end
    redis.call('ZREMRANGEBYSCORE', P .. 'gone', '-inf', int(now - 604800000))
    return answer('ok', (dead[1] or more or #over == most) and '1' or '', dead[1] or '')`),

  /** This node ends: its sessions wait for their clients. window, how many. Answers whether there are more. */
  quit: look(`
    if redis.call('ZREM', P .. 'nodes', LEASE) == 1 then redis.call('ZADD', P .. 'dying', int(now), LEASE) end
    local ended = tonumber(redis.call('ZSCORE', P .. 'dying', LEASE) or int(now))
    return answer('ok', bury(LEASE, ended, tonumber(ARGV[3]), tonumber(ARGV[4])) and '1' or '')`),

  /** The members that the lease holds. */
  members: look(`return answer('ok', redis.call('SMEMBERS', P .. 'node:' .. LEASE))`),

  /** window, members: nobody here knows of them, since an answer was lost. They wait for their clients. */
  forsake: write(`
    for index = 4, #ARGV do
      local found = session(ARGV[index])
      if found and found.lease == LEASE and not found.reserved then reserve(ARGV[index], now + tonumber(ARGV[3])) end
      redis.call('SREM', P .. 'node:' .. LEASE, ARGV[index])
    end
    return answer('ok')`),

  /**
   * Says how the sessions of this node are to stand: after the store was lost or rolled back, they are put back. For each: member,
   * generation, secret, node, user, guest, name, name key or nothing, how many rooms, the rooms. Answers for each `ok`, `taken`, or `name`
   * when another has the name by now.
   */
  restore: write(`
    local at, results = 3, {}
    while ARGV[at] do
      local member, generation, secret, node, user, guest, name, key = unpack(ARGV, at, at + 7)
      local rooms = {}
      for index = 1, tonumber(ARGV[at + 8]) do rooms[ARGV[at + 8 + index]] = true end
      at = at + 9 + tonumber(ARGV[at + 8])
      local found = session(member)
      if found and tonumber(found.generation) > tonumber(generation) then
        results[#results + 1] = 'taken'
      else
        local result = 'ok'
        if found and found.lease ~= LEASE then redis.call('SREM', P .. 'node:' .. found.lease, member) end
        save(member, generation, secret, node, user, guest, name)
        redis.call('HDEL', P .. 's:' .. member, 'x')
        redis.call('ZREM', P .. 'reserved', member)
        if key ~= '' and not redis.call('HGET', P .. 'held', user) then
          local owner = redis.call('HGET', P .. 'names', key)
          if owner and string.match(owner, '^[^\\t]*') ~= user then result = 'name' else giveName(user, key, name) end
        end
        found = session(member)
        for _, room in ipairs(roomsOf(member)) do
          if not rooms[room] then
            leave(member, found, room)
            redis.call('HDEL', P .. 's:' .. member, 'r:' .. room)
          end
        end
        for room in pairs(rooms) do enter(member, found, room, math.huge) end
        results[#results + 1] = result
      end
    end
    return answer('ok', results)`),
} as const;
