import { createHash } from 'node:crypto';

/** A counter that a try goes into: at most `limit` in `lengthMs`, from the first one on. */
export interface TryWindow {
  readonly key: string;
  readonly limit: number;
  readonly lengthMs: number;
}

/** A try counted in all of its windows, with the end of each; or in none of them, and for how long to wait. */
export type Counted = { readonly waitMs: number } | { readonly ends: readonly number[] };

/** Keeps windows of tries. Both steps are atomic. */
export interface TryWindows {
  /** Counts a try in all windows, or in none where one is full. */
  count(windows: readonly TryWindow[]): Promise<Counted>;
  /** Takes a try back from the windows that it was counted in, as far as they are still open. */
  uncount(windows: readonly TryWindow[], ends: readonly number[]): Promise<void>;
}

/** KEYS: windows; ARGV: limit and length of each. A window is kept as `count end`. Replies 0 and the ends, or what to wait, in milliseconds. */
const COUNT = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait, windows = 0, {}
for index, key in ipairs(KEYS) do
  local limit, length = tonumber(ARGV[2 * index - 1]), tonumber(ARGV[2 * index])
  local used, ends = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  used, ends = tonumber(used or 0), tonumber(ends or now + length)
  if ends <= now then used, ends = 0, now + length end
  if used >= limit then wait = math.max(wait, ends - now, 1) end
  windows[index] = { used + 1, ends }
end
if wait > 0 then return { wait } end
local reply = { 0 }
for index, key in ipairs(KEYS) do
  local used, ends = windows[index][1], windows[index][2]
  redis.call('SET', key, string.format('%d %d', used, ends), 'PXAT', string.format('%d', ends))
  reply[index + 1] = ends
end
return reply
`);

/** KEYS: windows; ARGV: the end of each, by which it is known to be the one that the try was counted in. */
const UNCOUNT = script(`
for index, key in ipairs(KEYS) do
  local used, ends = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  if ends == ARGV[index] and tonumber(used) > 0 then
    redis.call('SET', key, string.format('%d %s', tonumber(used) - 1, ends), 'PXAT', ends)
  end
end
return 0
`);

/** What windows need of Redis. */
export interface ScriptStore {
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Windows in Redis, on its clock, shared by all instances. Rejects when Redis is down. Keys must be of one slot. */
export function storedWindows(redis: ScriptStore): TryWindows {
  async function run(
    { text, sha1 }: Script,
    windows: readonly TryWindow[],
    args: readonly number[],
  ): Promise<number[]> {
    const all = [...windows.map(({ key }) => key), ...args.map(String)];
    try {
      return (await redis.evalsha(sha1, windows.length, ...all)) as number[];
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await redis.eval(text, windows.length, ...all)) as number[];
    }
  }

  return {
    async count(windows) {
      const args = windows.flatMap(({ limit, lengthMs }) => [limit, lengthMs]);
      const [waitMs = 0, ...ends] = await run(COUNT, windows, args);
      return waitMs > 0 ? { waitMs } : { ends };
    },
    async uncount(windows, ends) {
      await run(UNCOUNT, windows, ends);
    },
  };
}

/** Windows kept in one process. */
const LOCAL_WINDOWS_MAX = 100_000;
/** What an instance that counts alone allows of a limit: it does not know how many others do the same. */
const LOCAL_SHARE = 1 / 4;

/** The same inside one process, for when Redis is down: a quarter of each limit, and at least one try. `nowMs` never steps. */
export function localWindows(nowMs: () => number): TryWindows {
  const open = new Map<string, { used: number; readonly endMs: number }>();

  function windowOf({ key, lengthMs }: TryWindow): { used: number; readonly endMs: number } {
    const known = open.get(key);
    if (known !== undefined && known.endMs > nowMs()) return known;
    const fresh = { used: 0, endMs: nowMs() + lengthMs };
    open.delete(key);
    open.set(key, fresh);
    for (const oldest of open.keys()) {
      if (open.size <= LOCAL_WINDOWS_MAX) break;
      open.delete(oldest);
    }
    return fresh;
  }

  return {
    count(windows) {
      const states = windows.map((window) => ({ window, state: windowOf(window) }));
      const full = states.filter(
        ({ window, state }) => state.used >= Math.max(1, Math.floor(window.limit * LOCAL_SHARE)),
      );
      if (full.length > 0) {
        return Promise.resolve({ waitMs: Math.max(...full.map(({ state }) => state.endMs - nowMs()), 1) });
      }
      for (const { state } of states) state.used += 1;
      return Promise.resolve({ ends: states.map(({ state }) => state.endMs) });
    },
    uncount(windows, ends) {
      for (const [index, { key }] of windows.entries()) {
        const state = open.get(key);
        if (state !== undefined && state.endMs === ends[index] && state.used > 0) state.used -= 1;
      }
      return Promise.resolve();
    },
  };
}

interface Script {
  readonly text: string;
  readonly sha1: string;
}

function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}
