import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runProgram, waitFor } from '@turnpike/test-kit';
import { repositoryRoot } from '../../infra/repository.ts';
import { files, textOf } from '../../repository/files.ts';
import { signInAs, statusOf } from '../../support/callers.ts';
import { blocksOf, openShell, type Shell } from '../../support/page.ts';
import type { TempStack } from '../../support/temp-stack.ts';

const TIMEOUT_MS = 900_000;
const OWN_DATA = '/api/v1/users/me/timepoints';
/** What pages call the gateway. */
const GATEWAY = 'https://api.example.com';

/** The block of a page that holds `text`. */
function blockWith(page: string, text: string): string {
  const block = blocksOf(page).find((each) => each.text.includes(text));
  if (block === undefined) throw new Error(`${page} has no block with ${text}`);
  return block.text;
}

/** The tiers of the page on limits, of which `free` is left wide for the other tests of the stack. */
export function tiersOfPage(): string {
  const [, json = ''] = /RATE_LIMIT_TIERS='(.*)'/.exec(blockWith('docs/limits.md', 'RATE_LIMIT_TIERS')) ?? [];
  const wide = { free: { per_minute: 10_000, per_day: 100_000 }, anonymous: { per_minute: 10_000 } };
  return JSON.stringify({ ...(JSON.parse(json) as object), ...wide });
}

/** Pages for operators, whose commands are run as they stand on a stack that runs; only ids, keys and addresses are the stack's. */
export function runGuides(stack: () => TempStack): void {
  describe('the pages for operators', () => {
    let folder = '';
    let shell: Shell;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'turnpike-guides-'));
      shell = await openShell(folder, stack().stack);
    }, TIMEOUT_MS);
    afterAll(async () => {
      await shell.close();
      await rm(folder, { recursive: true, force: true });
    }, TIMEOUT_MS);

    const operator = () => stack().visitor.as({ adminKey: stack().stack.info.admin_api_key });
    const signIn = async (email: string) => await signInAs(stack().visitor, stack().stack.info.admin_api_key, email);

    test(
      'limits: somebody is put into a tier of the page, and has its limits at once',
      async () => {
        const ada = await signIn('ada@example.com');
        const limit = async () => (await ada.requestWithHeaders(OWN_DATA)).headers.get('x-ratelimit-limit');
        expect(await limit()).toBe('10000');
        const { id } = await ada.call('auth.getMe');
        const output = await shell.run(blockWith('docs/limits.md', 'users tier').replaceAll('<id>', id));
        expect(output).toContain(id);
        await waitFor(async () => (await limit()) === '600');
        expect((await ada.call('usage.getLimits')).tier).toBe('partner');
      },
      TIMEOUT_MS,
    );

    test(
      'operators: somebody is made an operator, is listed, and is one no more',
      async () => {
        await signIn('ada@example.com');
        const output = await shell.run(blockWith('docs/operators.md', 'operators grant'));
        expect(output).toMatch(/ada@example\.com[^]*ada@example\.com[^]*ada@example\.com/);
        expect(await shell.run('npx -y pnpm@12 turnpike operators list')).not.toContain('ada@example.com');
      },
      TIMEOUT_MS,
    );

    test(
      'API keys: one that was found somewhere is ended',
      async () => {
        const ada = await signIn('ada@example.com');
        const { projects } = await ada.call('account.getUser');
        const { full_key: found } = await ada.call('account.createApiKey', {
          headers: { 'x-project-id': projects[0]?.id ?? '' },
          body: { name: 'found' },
        });
        const key = stack().visitor.as({ apiKey: found ?? '' });
        expect(await statusOf(key.requestWithHeaders(OWN_DATA))).toBe(200);
        const page = blockWith('docs/api-keys.md', 'admin/keys/revoke');
        await shell.run(page.replace('curl -X', 'curl -sS --fail-with-body -X').replace('sk_live_…', found ?? ''));
        await waitFor(async () => (await statusOf(key.requestWithHeaders(OWN_DATA))) === 401);
      },
      TIMEOUT_MS,
    );

    test(
      'plans: an organisation is put on a plan by an invoice',
      async () => {
        const ada = await signIn('ada@example.com');
        const { id } = await ada.request<{ id: string }>('/platform/api/global/tenants', {
          method: 'POST',
          json: { name: 'Invoiced' },
        });
        const page = blockWith('docs/plans.md', 'INV-2026-17').replace(GATEWAY, stack().stack.info.edge_url);
        await shell.run(`ID=${id}\nKEY=$ADMIN_API_KEY`);
        const output = await shell.run(page.replace('curl -X', 'curl -sS --fail-with-body -X'));
        expect(output).toContain('enterprise');
      },
      TIMEOUT_MS,
    );

    test(
      'sessions: signing keys are listed, rotated, revoked and sealed anew',
      async () => {
        const { signing_keys: before } = await operator().call('platform.adminListSecrets');
        const kid = before[0]?.kid ?? '';
        const output = await shell.run(blockWith('docs/sessions.md', 'secrets rotate').replace('<kid>', kid));
        expect(output).toContain(kid);
        await shell.run(blockWith('docs/sessions.md', 'secrets reseal'));
        const { signing_keys: after } = await operator().call('platform.adminListSecrets');
        expect(after.length).toBeGreaterThan(before.length);
        // Auth signs with the new key once it has seen that the other is revoked.
        await waitFor(
          async () => (await statusOf((await signIn('ada@example.com')).requestWithHeaders(OWN_DATA))) === 200,
        );
      },
      TIMEOUT_MS,
    );

    test(
      'the command line: an operation is looked up, shown, called and taken back',
      async () => {
        const block = blockWith('docs/command-line.md', 'turnpike api');
        const output = await shell.run(block);
        expect(output).toMatch(/^platform\.adminSetSubscription +Put an organisation on a plan/m);
        expect(output).toMatch(/--periods +a whole number/);
        expect(output.match(/members\.max/g)?.length).toBeGreaterThanOrEqual(3);
        const history = await operator().call('auth.listAudit', { query: { action: 'config.set', limit: 1 } });
        expect(JSON.stringify(history)).toContain('larger teams');
      },
      TIMEOUT_MS,
    );

    test(
      'the command line: backends and what only a person or a key may call',
      async () => {
        const ada = await signIn('ada@example.com');
        const { projects } = await ada.call('account.getUser');
        const { full_key: key } = await ada.call('account.createApiKey', {
          headers: { 'x-project-id': projects[0]?.id ?? '' },
          body: { name: 'cli' },
        });
        const asked = await shell.run(
          `TURNPIKE_API_KEY=${key ?? ''} npx -y pnpm@12 --silent turnpike api timepoints.generate-sync --body '{"query":"x"}' --json`,
        );
        expect(JSON.parse(asked)).toMatchObject({ id: expect.any(String) });
        const streamed = await shell.run(
          `TURNPIKE_API_KEY=${key ?? ''} npx -y pnpm@12 --silent turnpike api timepoints.generate-stream --body '{"query":"x"}'`,
        );
        expect(streamed).toMatch(/^data: /m);
      },
      TIMEOUT_MS,
    );

    test(
      'incidents: the commands that the page names answer',
      async () => {
        const commands = [...textOf('docs/incidents.md').matchAll(/`(npx -y pnpm@12 [^`<]*)`/g)].map(
          ([, line]) => line,
        );
        expect(commands.length).toBeGreaterThan(1);
        for (const command of commands) await shell.run(command ?? '');
      },
      TIMEOUT_MS,
    );
  });

  test('every command that a document names is one that there is', async () => {
    const cli = path.join(repositoryRoot, 'packages/cli/src/cli.ts');
    const { stdout } = await runProgram(cli, ['--help']);
    const known = [...stdout.matchAll(/^ {2}([a-z]+(?: [a-z-]+)?) {2,}/gm)].map(([, name = '']) => name);
    const isKnown = (words: string): boolean =>
      known.some((name) => words === name || words.startsWith(`${name} `) || name.startsWith(`${words} `));
    const unknown = files
      .filter((file) => file.endsWith('.md') || file.startsWith('infra/observability/'))
      .flatMap((file) =>
        [...textOf(file).matchAll(/(?:`|pnpm@12 )turnpike ([a-z]+(?: [a-z][a-z-]*)?)/g)]
          .map(([, words = '']) => words)
          .filter((words) => !isKnown(words))
          .map((words) => `${file}: turnpike ${words}`),
      );
    expect(unknown).toEqual([]);
  });
}
