import { z } from 'zod';
import { problem, reasonOf, TIMEOUT_MS, warning, type Check, type Finding } from './finding.ts';
import { edgesOf } from './gateway.ts';

const PATH = '/.well-known/jwks.json';
const keySet = z.object({ keys: z.array(z.object({ kid: z.string() })) });

/** Whether the world, auth and every edge have the same signing keys of access tokens. */
export const keysCheck: Check = {
  name: 'keys',
  run: async (environment) => {
    const { TURNPIKE_URL: url, AUTH_URL: authUrl } = environment;
    if (!url) return [];
    const [shown, published] = await Promise.all([keysAt(url), authUrl ? keysAt(authUrl) : undefined]);
    if (shown instanceof Error)
      return [
        problem(
          `The key set cannot be read: ${reasonOf(shown)}.`,
          `See whether auth answers, and what ${PATH} leads to.`,
        ),
      ];
    const findings: Finding[] = [];
    if (published !== undefined && !(published instanceof Error))
      for (const kid of [...published].filter((each) => !shown.has(each)))
        findings.push(
          problem(
            `The key set at ${url} lacks ${kid}, which auth publishes.`,
            `Purge what keeps ${PATH} in front of the edge for longer than its Cache-Control, and see that AUTH_URL of the edge names this auth.`,
          ),
        );
    for (const { host, pid, signing_keys: known = [] } of await edgesOf(environment).catch(() => []))
      if (known.length > 0 && !known.some((kid) => shown.has(kid)))
        findings.push(
          warning(
            `The edge ${host}/${pid} knows none of the keys that ${url} publishes.`,
            'See that AUTH_URL names the same auth for every edge; one where no token came since they were replaced asks by itself.',
          ),
        );
    return findings;
  },
};

/** Key ids of a published set, or why there are none to be had. */
async function keysAt(url: string): Promise<ReadonlySet<string> | Error> {
  try {
    const response = await fetch(new URL(PATH, url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) {
      await response.body?.cancel();
      return new Error(`${url} answers ${response.status}`);
    }
    return new Set(keySet.parse(await response.json()).keys.map(({ kid }) => kid));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
