import { readFile } from 'node:fs/promises';
import { firstOf } from '../config.ts';
import { problem, reasonOf, type Check, type Finding } from './finding.ts';

/** What must be a secret of its own, and how long it must be, in characters. */
const SECRETS = [
  'ADMIN_API_KEY',
  'SERVICE_API_KEY',
  'INTERNAL_SIGNING_SECRET',
  'GATEWAY_SIGNING_SECRET',
  'AUTH_ENCRYPTION_KEY',
  'USERS_ENCRYPTION_KEY',
  'CONSOLE_KEY',
] as const;
const CHARS_MIN = 32;
const DISTINCT_CHARS_MIN = 10;
/** Settings that name a file; the routes file has a check of its own. */
const FILES = ['SERVICE_KEYS_FILE', 'PRICES_FILE', 'PLANS_FILE', 'LLM_POLICIES_FILE'] as const;

export const secretsCheck: Check = {
  name: 'secrets',
  run: (environment) => {
    const findings: Finding[] = [];
    const owners = new Map<string, string>();
    for (const name of SECRETS) {
      const value = firstOf(environment[name]);
      if (value === undefined) {
        findings.push(problem(`${name} is not set.`, 'Give it a random value: openssl rand -hex 32.'));
        continue;
      }
      if (value.length < CHARS_MIN || new Set(value).size < DISTINCT_CHARS_MIN)
        findings.push(
          problem(
            `${name} can be guessed.`,
            `Replace it by ${CHARS_MIN} random characters or more: openssl rand -hex 32.`,
          ),
        );
      const owner = owners.get(value);
      if (owner !== undefined)
        findings.push(
          problem(`${name} and ${owner} are the same.`, 'Give each a value of its own, so that one leak is one leak.'),
        );
      owners.set(value, name);
    }
    return Promise.resolve(findings);
  },
};

export const filesCheck: Check = {
  name: 'files',
  run: async (environment) => {
    const findings: Finding[] = [];
    for (const name of FILES) {
      const file = environment[name];
      if (!file) continue;
      try {
        const text = await readFile(file, 'utf8');
        if (file.endsWith('.json')) JSON.parse(text);
      } catch (error) {
        findings.push(
          problem(`${name} cannot be used: ${reasonOf(error)}.`, 'Mend the file, its permissions or the setting.'),
        );
      }
    }
    return findings;
  },
};
