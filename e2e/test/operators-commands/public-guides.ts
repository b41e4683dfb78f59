import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, startNginx, type RunningNginx } from '@turnpike/test-kit';
import { readText, repositoryRoot, splitSetting } from '../../infra/repository.ts';
import { signInAs } from '../../support/callers.ts';
import { startStandInGoogle, type StandInGoogle } from '../../support/google.ts';
import { blocksOf, isShown, openShell, type Shell } from '../../support/page.ts';
import type { TempStack } from '../../support/temp-stack.ts';

/*
 * The pages on production and on sign-in providers, block by block as they stand, at the address that they name: nginx runs with the page's own
 * configuration in front of the stack, and curl is told where that address is. What compose and Kubernetes would run is no block of theirs.
 */

const TIMEOUT_MS = 900_000;
const PRODUCTION = 'docs/production.md';
const SIGN_IN = 'docs/sign-in.md';
const HOST = 'api.example.com';
/** The stack has its own mail server, and its console is off. */
const NOT_HERE = new Set(['SMTP_URL', 'CONSOLE_URL']);

/** What a page puts into `.env`. */
function settingsOf(page: string): [name: string, value: string][] {
  const written = blocksOf(page).filter(({ text }) => text.startsWith('cat >> .env'));
  return written.flatMap(({ text }) => text.split('\n').filter((line) => /^[A-Z_]+=/.test(line))).map(splitSetting);
}

/** What the pages have the stack set to, and who answers as Google then. */
export async function publicSettings(): Promise<{ env: Record<string, string>; google: StandInGoogle }> {
  const settings = Object.fromEntries([...settingsOf(PRODUCTION), ...settingsOf(SIGN_IN)]);
  const google = await startStandInGoogle({
    id: settings['GOOGLE_CLIENT_IDS'] ?? '',
    secret: settings['GOOGLE_CLIENT_SECRET'] ?? '',
  });
  const env = Object.fromEntries(Object.entries(settings).filter(([name]) => !NOT_HERE.has(name)));
  return { env: { ...google.env, ...env }, google };
}

interface Started {
  readonly stack: () => TempStack;
  readonly google: () => StandInGoogle;
}

/** The two pages, on a stack that was started with `publicSettings`. */
export function runPublicGuides({ stack, google }: Started): void {
  describe('the pages on an installation that the public reaches', () => {
    let folder = '';
    let shell: Shell;
    let nginx: RunningNginx;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'turnpike-public-'));
      await mkdir(path.join(folder, 'infra'));
      for (const file of ['.env.example', 'infra/new-env.sh'])
        await cp(path.join(repositoryRoot, file), path.join(folder, file));
      const port = await freePort();
      certificateIn(folder);
      nginx = await startNginx(path.join(folder, 'nginx'), configurationAt(port, folder, stack().stack.info.edge_url));
      await writeFile(
        path.join(folder, '.curlrc'),
        `cacert = "${folder}/${HOST}.pem"\nconnect-to = "${HOST}:443:127.0.0.1:${port}"\n`,
      );
      shell = await openShell(folder, stack().stack, { CURL_HOME: folder });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await shell.close();
      await nginx.close();
      await rm(folder, { recursive: true, force: true });
    }, TIMEOUT_MS);

    /** Runs a page's blocks; `before` may do what the page asks of a person, and change what stands for it. */
    async function runPage(page: string, before: (text: string) => Promise<string>): Promise<string[]> {
      const outputs: string[] = [];
      for (const { language, text } of blocksOf(page)) {
        if (language === 'sh') outputs.push(await shell.run(await before(text)));
        else if ((language === 'text' || language === 'json') && !isShown(outputs.at(-1) ?? '', text))
          expect(outputs.at(-1)).toBe(text);
      }
      return outputs;
    }

    test(
      'production: secrets, TLS in front, and what to look at before it opens',
      async () => {
        await signInAs(stack().visitor, stack().stack.info.admin_api_key, 'ada@example.com');
        const outputs = await runPage(PRODUCTION, (text) => Promise.resolve(text));
        // The same stranger each time, whoever they say they are.
        const remaining = [...outputs.join('').matchAll(/^x-ratelimit-remaining: (\d+)/gim)].map(([, n]) => Number(n));
        expect(remaining.length).toBe(3);
        expect(remaining.map((each) => each - Math.min(...remaining))).toEqual([2, 1, 0]);
        expect(outputs.at(-1)).toMatch(/^ok +\S/m);
        expect(await shell.run('npx -y pnpm@12 turnpike operators list')).toContain('ada@example.com');
        await shell.run('npx -y pnpm@12 turnpike operators revoke ada@example.com');
      },
      TIMEOUT_MS,
    );

    test(
      'sign-in: Google, from what is registered there to the tokens of somebody',
      async () => {
        google().person = { subject: 'hedy', email: 'hedy@example.org' };
        let shownAddress = '';
        const outputs = await runPage(SIGN_IN, async (text) => {
          shownAddress ||= shell.output.match(/^https:\/\/.*code_challenge_method=S256$/m)?.[0] ?? '';
          if (text.includes('<code>')) return text.replace('<code>', await codeOf(shownAddress));
          return text.replace('<id_token>', google().identityToken('hedy', 'hedy@example.org'));
        });
        expect(outputs.some((output) => output.includes('"email":"hedy@example.org"'))).toBe(true);
        const written = await readFile(path.join(folder, '.env'), 'utf8');
        for (const [name, value] of settingsOf(SIGN_IN)) expect(written).toContain(`\n${name}=${value}\n`);
      },
      TIMEOUT_MS,
    );

    /** The part of the browser: to Google, *Continue* there, and back to where the app's address begins. */
    async function codeOf(address: string): Promise<string> {
      const visit = (url: string) => shell.run(`curl -sS -D - -c jar -b jar '${url.replaceAll('&amp;', '&')}'`);
      const locationIn = (output: string) => /^location: (\S+)/im.exec(output)?.[1] ?? '';
      const page = await visit(locationIn(await visit(address)));
      const back = new URL(locationIn(await visit(/href="([^"]*)">Continue/.exec(page)?.[1] ?? '')));
      expect(back.origin + back.pathname).toBe(new URL(address).searchParams.get('redirect_uri'));
      expect(back.searchParams.get('state')).toBe(new URL(address).searchParams.get('state'));
      return back.searchParams.get('code') ?? '';
    }

    test('every setting that the pages name is one of .env.example, or of a table of the page', () => {
      const known = readText('.env.example');
      for (const page of [PRODUCTION, SIGN_IN])
        for (const [name] of settingsOf(page)) expect(known).toMatch(new RegExp(`^#?${name}=`, 'm'));
    });
  });
}

/** The page's configuration; only the port, the place of the certificate and the edge's address are of this machine. */
function configurationAt(port: number, folder: string, edgeUrl: string): string {
  const text = blocksOf(PRODUCTION).find(({ language }) => language === 'nginx')?.text ?? '';
  return text
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('/etc/nginx/', `${folder}/`)
    .replace('http://127.0.0.1:8080', edgeUrl);
}

function certificateIn(folder: string): void {
  const files = ['-keyout', path.join(folder, `${HOST}.key`), '-out', path.join(folder, `${HOST}.pem`)];
  const names = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...names], {
    stdio: 'ignore',
  });
}
