import { ATTEMPT_RANGE } from './idempotency-record.ts';

/**
 * Stores a response within its user's budget, for which the oldest make room; returns 1 where it was stored. KEYS: the
 * record; the user's records by time; their sizes, with their total. ARGV: the record, its size in bytes, the budget in
 * bytes, its life in milliseconds.
 */
export const KEEP_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local size, budget, life = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function forget(name)
  local freed = tonumber(redis.call('HGET', KEYS[3], name) or 0)
  redis.call('HDEL', KEYS[3], name)
  redis.call('ZREM', KEYS[2], name)
  return redis.call('HINCRBY', KEYS[3], 'total', string.format('%d', 0 - freed))
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - life)) do forget(name) end
local total = forget(KEYS[1])
if size > budget then
  redis.call('DEL', KEYS[1])
  return 0
end
while total + size > budget do
  local name = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  total = forget(name)
  redis.call('DEL', name)
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', life)
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('HSET', KEYS[3], KEYS[1], size)
redis.call('HINCRBY', KEYS[3], 'total', size)
redis.call('PEXPIRE', KEYS[2], life)
redis.call('PEXPIRE', KEYS[3], life)
return 1
`;

/** Deletes a record if it is still the given attempt's. KEYS: the record. ARGV: the attempt. */
export const DROP_SCRIPT = `
if redis.call('GETRANGE', KEYS[1], ${ATTEMPT_RANGE[0]}, ${ATTEMPT_RANGE[1]}) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;
