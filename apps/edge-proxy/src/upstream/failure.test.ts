import { expect, test } from '@jest/globals';
import { errors } from 'undici';
import { AppError } from '@turnpike/service-kit';
import { answerTo, ClientLeft, EdgeFault, failureOf, mayRetry, saysNothing } from './failure.ts';

const GET = { method: 'GET', bodyUsed: false, metered: false };
const coded = (code: string): Error => Object.assign(new Error(code), { code });

test.each<[string, Error]>([
  ['an answer that could not be passed on', new EdgeFault(new TypeError('Invalid character in header content'))],
  ['a request that cannot be written', new errors.InvalidArgumentError('invalid header')],
  ['connections closed from this side', new errors.ClientClosedError()],
  ['connections destroyed from this side', new errors.ClientDestroyedError()],
])('%s is a fault of ours: 500, never tried again, nothing learned of the upstream', (_what, error) => {
  for (const sent of [false, true]) {
    const failure = failureOf(error, sent);
    expect([failure.kind, saysNothing(failure), mayRetry(failure, GET)]).toEqual(['edge', true, false]);
    expect(answerTo(failure, false).status).toBe(500);
    expect(answerTo(failure, true).status).toBe(500);
  }
});

test.each<[string, Error]>([
  ['who leaves', new ClientLeft()],
  ['whose body is refused', new AppError('request.too_large', { detail: 'too large' })],
])('a client %s says nothing of the upstream either', (_what, error) => {
  const failure = failureOf(error, true);
  expect([failure.kind, saysNothing(failure), mayRetry(failure, GET)]).toEqual(['client', true, false]);
});

test.each<[string, Error, boolean, string, number]>([
  ['a refused connection', coded('ECONNREFUSED'), false, 'connect', 502],
  ['no connection in time', new errors.ConnectTimeoutError(), false, 'timeout', 504],
  ['no answer in time', new errors.HeadersTimeoutError(), true, 'timeout', 504],
  ['a reset', coded('ECONNRESET'), true, 'broken', 502],
  ['no HTTP', new errors.HTTPParserError('bad'), true, 'broken', 502],
])('%s is the upstream’s', (_what, error, sent, kind, status) => {
  const failure = failureOf(error, sent);
  expect([failure.kind, saysNothing(failure), answerTo(failure, false).status]).toEqual([kind, false, status]);
});
