import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchStack, startProgram, type BenchStack } from '../edge/stack.ts';

/** Where streams are asked for: the vendor itself, or something in front of it. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Turnpike with a vendor that is a program of the bench's, and a key of an organisation with everything on. */
export interface LlmStack {
  readonly vendor: Target;
  readonly gateway: Target;
  /** The processes that a streamed call goes through. */
  readonly pids: { readonly edge: number; readonly llm: number };
  stop(): Promise<void>;
}

export const MODEL = 'gpt-4o-mini';
const KEY = 'bench-vendor-key';
const CHAT = '/v1/chat/completions';
/** More than any run spends or counts. */
const CREDITS = 1_000_000;
const LIMITS = { rate_limit_per_minute: 100_000, tokens_per_minute: 1_000_000_000 };
/** Streams that one caller may have open. */
const STREAMS_MAX = 10_000;
const RULES = [
  {
    name: 'Account numbers',
    type: 'regex',
    config: { pattern: 'ACCT-[0-9]{8}' },
    action: 'redact',
    direction: 'both',
  },
];
const READY_MS = 10_000;
const WAIT_MS = 50;

export async function startLlmStack(): Promise<LlmStack> {
  const vendor = await startProgram(import.meta.resolve('./programs/vendor.ts'));
  const stack = await startBenchStack(async (folder) => {
    const rules = path.join(folder, 'policies.json');
    await writeFile(rules, JSON.stringify(RULES));
    const tiers = { free: { per_minute: 100_000_000, concurrent: STREAMS_MAX }, admin: { per_minute: 100_000_000 } };
    return {
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: vendor.url,
      LLM_POLICIES_FILE: rules,
      RATE_LIMIT_TIERS: JSON.stringify(tiers),
    };
  });
  const stop = async (): Promise<void> => {
    await stack.stop();
    await vendor.stop();
  };
  try {
    const { llm } = stack.processes();
    if (llm === undefined) throw new Error('the LLM gateway is not running');
    const url = `${stack.edge.url}/trueportai-services/openai${CHAT}`;
    const authorization = `Bearer ${await organisationKey(stack)}`;
    return {
      vendor: { name: 'vendor', url: vendor.url + CHAT, headers: { authorization: `Bearer ${KEY}` } },
      gateway: { name: 'gateway', url, headers: { authorization } },
      pids: { edge: stack.edge.pid, llm },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A key of a new organisation that has credits: limited in requests and in tokens a minute. */
async function organisationKey(stack: BenchStack): Promise<string> {
  const post = async (route: string, headers: Readonly<Record<string, string>>, body: object) => {
    const response = await fetch(stack.edge.url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${route} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  };
  const [token] = await stack.signIn(1);
  const personal = { authorization: `Bearer ${token ?? ''}` };
  const { id } = await post('/platform/api/global/tenants', personal, { name: 'Bench' });
  const owner = { type: 'organisation', id };
  // Its account opens a moment after it is made.
  for (let waitedMs = 0; ; waitedMs += WAIT_MS) {
    try {
      await post('/api/v1/credits/admin/grant', { 'x-admin-key': stack.adminKey }, { owner, amount: CREDITS });
      break;
    } catch (error) {
      if (waitedMs >= READY_MS) throw error;
      await sleep(WAIT_MS);
    }
  }
  const selected = await post('/platform/api/global/auth/select-tenant', personal, { tenant_id: id });
  const within = { authorization: `Bearer ${String(selected['access_token'])}` };
  const made = await post('/trueportai-services/api/v1/keys', within, { name: 'Bench', ...LIMITS });
  return String(made['key']);
}
