import { createHash } from 'node:crypto';

/**
 * Decides a batch of requests on the store's clock. Each key holds one subject's open windows as `length count reset`
 * triplets, so a changed limit takes effect at once and a subject costs one read and one write.
 *
 * ARGV, per plan: requests (0 only peeks), number of keys; per key: its index in KEYS, number of windows; per window:
 * limit, length in milliseconds. The reply: the clock in milliseconds; per plan how many requests were admitted, and
 * per window the count and the end.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('MGET', unpack(KEYS))
local state, changed = {}, {}
for index = 1, #KEYS do
  local windows = {}
  if stored[index] then
    for length, count, reset in string.gmatch(stored[index], '(%d+) (%d+) (%d+)') do
      reset = tonumber(reset)
      if reset > now then windows[tonumber(length)] = { tonumber(count), reset } end
    end
  end
  state[index] = windows
end
local reply, at = { now }, 1
while at <= #ARGV do
  local admitted, keys = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local touched, subjects = {}, {}
  at = at + 2
  for _ = 1, keys do
    local key, windows = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    subjects[#subjects + 1] = key
    at = at + 2
    for _ = 1, windows do
      local limit, length = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
      at = at + 2
      local window = state[key][length]
      if not window then
        window = { 0, now + length }
        state[key][length] = window
      end
      admitted = math.max(0, math.min(admitted, limit - window[1]))
      touched[#touched + 1] = window
    end
  end
  reply[#reply + 1] = admitted
  if admitted > 0 then
    for _, key in ipairs(subjects) do changed[key] = true end
  end
  for _, window in ipairs(touched) do
    window[1] = window[1] + admitted
    reply[#reply + 1] = window[1]
    reply[#reply + 1] = window[2]
  end
end
for key in pairs(changed) do
  local parts, last = {}, 0
  for length, window in pairs(state[key]) do
    if window[1] > 0 then
      parts[#parts + 1] = string.format('%d %d %d', length, window[1], window[2])
      last = math.max(last, window[2])
    end
  end
  redis.call('SET', KEYS[key], table.concat(parts, ' '), 'PXAT', string.format('%d', last))
end
return reply
`;

export const LIMIT_SCRIPT = SCRIPT;
/** The name under which Redis remembers the script. */
export const LIMIT_SCRIPT_SHA1 = createHash('sha1').update(SCRIPT).digest('hex');
