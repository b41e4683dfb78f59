import { describe, expect, test } from '@jest/globals';
import { firstPartyEndpoints } from '@turnpike/contracts';
import { buildOpenApi } from '@turnpike/contracts/openapi';
import { ServedContract, type ReadAnswer, type SentRequest } from '../support/served-contract.ts';

/** What end-to-end tests hold every call to. It must not let anything pass that the document does not say. */

const contract = new ServedContract(buildOpenApi({ endpoints: firstPartyEndpoints, version: '1' }));
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-request-id': 'r',
  'x-ratelimit-limit': '10',
  'x-ratelimit-remaining': '9',
  'x-ratelimit-reset': '1800000000',
  ratelimit: '"minute";r=9;t=60',
  'ratelimit-policy': '"minute";q=10;w=60',
};
const BALANCE = { balance: 45, lifetime_earned: 50, lifetime_spent: 5 };

const request = (method: string, target: string, body?: unknown): SentRequest => ({
  method,
  target,
  headers: new Headers(body === undefined ? {} : { 'content-type': 'application/json' }),
  body: body === undefined ? undefined : JSON.stringify(body),
});
const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ReadAnswer => ({
  status,
  headers: new Headers({ ...HEADERS, ...headers }),
  text: JSON.stringify(body),
});
const read = request('GET', '/api/v1/credits/balance');
const grant = (body: unknown) => request('POST', '/api/v1/credits/admin/grant', body);
const GRANTED = answer(200, { balance: 1, granted: 1 });

describe('a call as documented has no faults', () => {
  test('whatever its query, and with a closing slash', () => {
    expect(contract.faultsOf(read, answer(200, BALANCE))).toEqual([]);
    expect(contract.faultsOf(request('GET', '/api/v1/credits/balance/?x=1'), answer(200, BALANCE))).toEqual([]);
  });
});

describe('a call is at fault', () => {
  test.each([
    ['a status', read, answer(418, BALANCE), 'the status is not documented'],
    ['a member of another type', read, answer(200, { ...BALANCE, balance: '45' }), 'body/balance must be integer'],
    ['a missing member', read, answer(200, { balance: 45 }), "body must have required property 'lifetime_earned'"],
    ['a media type', read, answer(200, BALANCE, { 'content-type': 'text/html' }), 'a body of type "text/html"'],
    ['a header of another type', read, answer(200, BALANCE, { 'x-ratelimit-limit': 'ten' }), 'X-RateLimit-Limit must'],
    ['a header that belongs elsewhere', read, answer(200, BALANCE, { allow: 'GET' }), 'Allow is not documented here'],
    ['an error in no style', read, answer(404, { detail: 'Gone' }), 'the status is not documented'],
    ['an error code of nobody', read, answer(401, { code: 'auth.odd' }, { 'www-authenticate': 'Bearer' }), 'a body'],
    ['an unknown operation', request('GET', '/api/v1/nothing'), answer(200, {}), 'there is no such operation'],
    ['an accepted body that is not allowed', grant({ user_id: 'x', amount: 1 }), GRANTED, 'accepted body/user_id must'],
    [
      'an accepted parameter that is not allowed',
      request('GET', '/api/v1/credits/history?limit=1000'),
      answer(200, [], { 'x-total-count': '0' }),
      'accepted limit must be <= 100',
    ],
  ])('for %s', (_what, sent, got, fault) => {
    expect(contract.faultsOf(sent, got).join('\n')).toContain(fault);
  });

  test('for a header that is missing', () => {
    const { ratelimit: _left, ...rest } = HEADERS;
    const bare = { status: 200, headers: new Headers(rest), text: JSON.stringify(BALANCE) };
    expect(contract.faultsOf(read, bare)).toEqual([
      'GET /api/v1/credits/balance → 200: the header RateLimit is missing',
    ]);
  });
});
