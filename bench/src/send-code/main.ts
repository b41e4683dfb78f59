import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '@turnpike/local-stack';
import type { Stack } from '@turnpike/local-stack';
import { FREE_PORTS } from '@turnpike/local-stack/servers';
import { withClient, withDatabase } from '@turnpike/migrate';
import { compare, median, shuffled } from '../statistics.ts';

/** Tries with known addresses, and as many with unknown ones. */
const TRIES = 200;
/** Tries before that, which are not counted: the first ones of a process are slow. */
const WARM_UP = 100;

const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-bench-'));
const stack = await startStack({
  environment: {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATA_DIR: path.join(folder, 'data'),
    ...FREE_PORTS,
    RATE_LIMIT_TIERS: JSON.stringify({ free: { per_minute: 100_000 }, anonymous: { per_minute: 100_000 } }),
    CODES_PER_CLIENT_PER_HOUR: '100000',
    CODES_PER_MINUTE: '100000',
  },
});
try {
  await measure(stack);
} finally {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Signs people up, forgets when they were last mailed, then asks for codes for them and for strangers, in random order, one by one. */
async function measure({ info }: Stack): Promise<void> {
  const post = (route: string, body: unknown) =>
    fetch(info.edge_url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const known = Array.from({ length: TRIES }, (_, n) => `known-${n}@example.com`);
  const unknown = Array.from({ length: TRIES }, (_, n) => `strange-${n}@example.com`);

  for (const email of known) {
    await post('/auth/verification/send-code', { email });
    const signedIn = await post('/auth/verification/verify-code', {
      email,
      code: await mailedCode(info.mail_ui_url, email),
    });
    if (signedIn.status !== 200) throw new Error(`${email} could not sign up: ${signedIn.status}`);
  }
  await withClient({ connectionString: withDatabase(info.database_url, 'turnpike_auth') }, (database) =>
    database.query('DELETE FROM verification_window'),
  );
  for (let n = 0; n < WARM_UP; n += 1)
    await (await post('/auth/verification/send-code', { email: `warm-${n}@example.com` })).text();

  const times = { known: [] as number[], unknown: [] as number[] };
  const bodies = new Set<string>();
  for (const { email, kind } of shuffled([
    ...known.map((email) => ({ email, kind: 'known' as const })),
    ...unknown.map((email) => ({ email, kind: 'unknown' as const })),
  ])) {
    const startedMs = performance.now();
    const response = await post('/auth/verification/send-code', { email });
    const body = await response.text();
    times[kind].push(performance.now() - startedMs);
    bodies.add(`${response.status} ${body}`);
  }

  const { superiority, p } = compare(times.known, times.unknown);
  const line = (kind: 'known' | 'unknown') =>
    `${kind.padEnd(8)} ${TRIES} tries, median ${median(times[kind]).toFixed(2)} ms`;
  process.stdout.write(`${line('known')}\n${line('unknown')}\n`);
  process.stdout.write(
    `a known address takes longer than an unknown one with probability ${superiority.toFixed(3)} (p = ${p.toFixed(2)})\n`,
  );
  process.stdout.write(`answers: ${[...bodies].join(' | ')}\n`);
}

async function mailedCode(mailUrl: string, email: string): Promise<string> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const response = await fetch(`${mailUrl}/api/messages?to=${encodeURIComponent(email)}`);
    const [mail] = (await response.json()) as { text: string }[];
    const code = /\b\d{6}\b/.exec(mail?.text ?? '')?.[0];
    if (code !== undefined) return code;
    await sleep(20);
  }
  throw new Error(`no mail for ${email}`);
}
