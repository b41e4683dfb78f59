import type { Turnpike } from '@turnpike/client';
import { isBroken, verifyLedger } from './ledger.ts';

/** What a command was given after its name: words, and options by name. */
export interface Given {
  readonly words: readonly string[];
  readonly option: (name: string) => string | undefined;
  /** Why it is done, for the audit trail. Throws `UsageError` without one. */
  readonly reason: () => string;
}

/** A command on the operators' API. */
export interface ApiCommand {
  /** Subject and verb. */
  readonly name: string;
  /** What follows the name. */
  readonly takes: string;
  readonly does: string;
  readonly run: (client: Turnpike, given: Given) => Promise<unknown>;
  /** Whether what `run` answered is bad news, which the exit code 1 tells programs. */
  readonly isBad?: (answer: unknown) => boolean;
}

/** A command that was not written as its help says. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LIMIT = 50;

function word({ words }: Given, place: number, what: string): string {
  const found = words[place];
  if (found === undefined) throw new UsageError(`${what} is missing`);
  return found;
}

/** How `users find` and `keys find` read what they are given. */
function userQuery(text: string): Record<string, string> {
  if (UUID.test(text) || text.includes('@')) return { q: text };
  return /^sk[_-]/.test(text) ? { key_prefix: text } : { external_id: text };
}

/** Every command on the operators' API, in the order of the help. */
export const API_COMMANDS: readonly ApiCommand[] = [
  {
    name: 'overview',
    takes: '',
    does: 'what runs and what does not, and what to do about it',
    run: (client) => client.call('platform.adminOverview'),
  },
  {
    name: 'users find',
    takes: '<e-mail | id | key prefix | external id> | --request <id>',
    does: 'who that is',
    run: (client, given) => {
      const request = given.option('request');
      const by = request === undefined ? userQuery(word(given, 0, 'what to look for')) : { request_id: request };
      return client.call('platform.adminListUsers', { query: { limit: LIMIT, ...by } });
    },
  },
  {
    name: 'users show',
    takes: '<id>',
    does: 'a user with status and tier',
    run: (client, given) => client.call('users.adminGet', { params: { id: word(given, 0, 'the id') } }),
  },
  {
    name: 'users sessions',
    takes: '<id>',
    does: "a user's open sessions",
    run: (client, given) => client.call('platform.adminListSessions', { params: { id: word(given, 0, 'the id') } }),
  },
  {
    name: 'users end-session',
    takes: '<id> <session id> --reason <why>',
    does: 'ends a session, within a second',
    run: (client, given) =>
      client.call('platform.adminEndSession', {
        params: { id: word(given, 0, 'the id'), session_id: word(given, 1, 'the session id') },
        body: { reason: given.reason() },
      }),
  },
  {
    name: 'users tier',
    takes: '<id> <tier> --reason <why>',
    does: "sets a user's tier",
    run: (client, given) =>
      client.call('users.adminSetTier', {
        params: { id: word(given, 0, 'the id') },
        body: { tier: word(given, 1, 'the tier'), reason: given.reason() },
      }),
  },
  {
    name: 'credits show',
    takes: '<user id>',
    does: 'balance, grants and open holds',
    run: (client, given) =>
      client.call('credits.adminGetAccount', { query: { user_id: word(given, 0, 'the user id') } }),
  },
  {
    name: 'credits history',
    takes: '<user id>',
    does: 'the latest postings',
    run: (client, given) =>
      client.call('credits.adminListEntries', { query: { user_id: word(given, 0, 'the user id'), limit: LIMIT } }),
  },
  {
    name: 'prices list',
    takes: '',
    does: 'what each operation costs, since when, and who set it',
    run: (client) => client.call('credits.adminListPrices', { query: { limit: LIMIT } }),
  },
  {
    name: 'keys find',
    takes: '<prefix | key id>',
    does: 'whose key that is, and when it was last used',
    run: (client, given) => {
      const text = word(given, 0, 'the prefix or id');
      const by = UUID.test(text) ? { id: text } : { prefix: text };
      return client.call('platform.adminListKeys', { query: { limit: LIMIT, ...by } });
    },
  },
  {
    name: 'keys revoke',
    takes: '<key id> --reason <why>',
    does: 'ends a key, within a second',
    run: (client, given) =>
      client.call('platform.adminRevokeKey', {
        params: { id: word(given, 0, 'the key id') },
        body: { reason: given.reason() },
      }),
  },
  {
    name: 'erasures list',
    takes: '',
    does: 'erasures that are not complete, oldest first',
    run: (client) =>
      client.call('users.adminListErasures', { query: { status: 'running', order: 'oldest', limit: LIMIT } }),
  },
  {
    name: 'explain',
    takes: '<request id | record id>',
    does: 'why a request ended as it did',
    run: async (client, given) => {
      const id = word(given, 0, 'the request id');
      const { items } = await client.call('usage.adminListRequests', { query: { request_id: id, limit: LIMIT } });
      const records = items.length > 0 ? items.map((item) => item.id) : UUID.test(id) ? [id] : [];
      if (records.length === 0) throw new UsageError(`there is no record of a request ${id}`);
      return Promise.all(records.map((record) => client.call('usage.adminExplainRequest', { params: { id: record } })));
    },
  },
  {
    name: 'ledger show',
    takes: '',
    does: 'totals, and what the last verification found',
    run: (client) => client.call('credits.adminGetLedger'),
  },
  {
    name: 'ledger verify',
    takes: '--reason <why>',
    does: 'checks every invariant of the books now; exit code 1 when one is broken, 75 when it did not come to its end',
    run: (client, given) => verifyLedger(client, given.reason()),
    isBad: isBroken,
  },
  {
    name: 'routes which',
    takes: '<METHOD> <path>',
    does: 'which route takes a request',
    run: (client, given) =>
      client.call('platform.adminMatchRoute', {
        query: { method: word(given, 0, 'the method').toUpperCase(), path: word(given, 1, 'the path') },
      }),
  },
  {
    name: 'routes list',
    takes: '',
    does: 'the routes in force',
    run: (client) => client.call('platform.adminListRoutes', { query: { limit: 100 } }),
  },
  {
    name: 'edges list',
    takes: '',
    does: 'every edge with its routes, upstreams and breakers',
    run: (client) => client.call('platform.adminListEdges'),
  },
  {
    name: 'queues list',
    takes: '',
    does: 'every queue with its depth, oldest and failed jobs',
    run: (client) => client.call('platform.adminListQueues'),
  },
  {
    name: 'secrets list',
    takes: '',
    does: 'the age of keys and signing keys, never their values',
    run: (client) => client.call('platform.adminListSecrets'),
  },
];
