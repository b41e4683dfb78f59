import { createTestDatabase, freePort, startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import { KEYS } from './keys.ts';
import { startStack, type EdgeStack, type SignedIn } from './stack.ts';

/** A link of an explanation. */
export interface Link {
  readonly link: string;
  readonly outcome: string;
  readonly detail: string;
  readonly [fact: string]: unknown;
}

/** A record as it is explained. */
export interface Explained {
  readonly id: string;
  readonly request_id: string;
  readonly status: number;
  readonly explain: readonly Link[];
  readonly [fact: string]: unknown;
}

/** The edge's stack with usage behind it. */
export interface UsageStack extends EdgeStack {
  readonly usageUrl: string;
  /** What an operator reads of the request with this id, once its record is stored. */
  explainedToOperator(requestId: string): Promise<Explained>;
  /** What its caller reads. */
  explainedTo(user: SignedIn, requestId: string): Promise<Explained>;
  /** Starts usage again at its address, after it was killed. */
  restartUsage(): Promise<void>;
  usage(): RunningApp;
}

type Env = Readonly<Record<string, string>>;

export async function startUsageStack(env: Env = {}, serviceEnv: Env = {}): Promise<UsageStack> {
  const port = await freePort();
  const usageUrl = `http://127.0.0.1:${port}`;
  const stack = await startStack(env, { USAGE_URL: usageUrl, ...serviceEnv });
  const database = await createTestDatabase('usage');
  const settings = {
    ...KEYS,
    ...database.env,
    REDIS_URL: stack.redis.url,
    AUTH_URL: stack.urls.auth,
    CREDITS_URL: stack.urls.credits,
    USAGE_PORT: String(port),
    USAGE_CLAIM_IDLE_MS: '1000',
    USAGE_COMPARE_MS: '1000',
    ...serviceEnv,
  };
  let usage = await startApp('usage', settings);
  const explained = async (
    list: string,
    sending: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Explained> => {
    let id: string | undefined;
    await waitFor(async () => {
      const answer = await stack.send(list, sending);
      if (answer.status !== 200) throw new Error(`${list} answered ${answer.status}: ${answer.text}`);
      id = (answer.body['items'] as { id: string }[])[0]?.id;
      return id !== undefined;
    });
    const path = `${list.split('?', 1)[0]}/${id}`;
    const answer = await stack.send(path, sending);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body as unknown as Explained;
  };
  return {
    ...stack,
    usageUrl,
    explainedToOperator: (requestId) =>
      explained(`/api/v1/usage/admin/requests?request_id=${requestId}`, {
        headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
      }),
    explainedTo: ({ token }, requestId) => explained(`/api/v1/usage/requests?request_id=${requestId}`, { token }),
    async restartUsage() {
      usage = await startApp('usage', settings);
    },
    usage: () => usage,
    async stop() {
      await usage.stop();
      await stack.stop();
      await database.drop();
    },
  };
}
