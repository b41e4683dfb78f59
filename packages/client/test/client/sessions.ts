import { describe, expect, test } from '@jest/globals';
import { ServerError } from '../../src/index.ts';
import { json, problem, type Step } from '../scripted-server.ts';
import { server, open, balance, failure } from './stage.ts';

/** Tokens that end. */
export function sessionsTests(): void {
  describe('sessions', () => {
    const expired = problem(401, 'auth.jwt_expired');
    const pair = json(200, { access_token: 'new', refresh_token: 'r2', token_type: 'bearer', expires_in: 900 });
    const byToken =
      (refreshed: Step): Step =>
      (seen, response) => {
        if (seen.path === '/api/v1/auth/refresh') refreshed(seen, response);
        else if (seen.headers.authorization === 'Bearer new') balance(seen, response);
        else expired(seen, response);
      };

    test('twenty calls with an expired token share one refresh, and each is repeated once', async () => {
      server.script(byToken(pair));
      const kept: unknown[] = [];
      const client = open({
        credentials: { accessToken: 'old', refreshToken: 'r1', onTokens: (tokens) => void kept.push(tokens) },
      });
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('credits.getBalance')));
      expect(answers.map((answer) => answer.balance)).toEqual(Array(20).fill(45));
      expect(server.seen.filter(({ path }) => path === '/api/v1/auth/refresh')).toMatchObject([
        { body: '{"refresh_token":"r1"}' },
      ]);
      expect(kept).toMatchObject([{ access_token: 'new', refresh_token: 'r2' }]);
    });

    test('a refused refresh signs out, once, and the call fails as it was refused', async () => {
      server.script(byToken(problem(401, 'auth.refresh_invalid')));
      let signedOut = 0;
      const client = open({
        credentials: { accessToken: 'old', refreshToken: 'r1', onSignedOut: () => void (signedOut += 1) },
      });
      const errors = await Promise.all([1, 2, 3].map(() => failure(client.call('credits.getBalance'))));
      for (const error of errors) expect(error).toMatchObject({ code: 'auth.jwt_expired' });
      expect(signedOut).toBe(1);
    });

    test('an outage of the refresh is the error, and the tokens stay', async () => {
      server.script(byToken(problem(503, 'service.unavailable')));
      let signedOut = 0;
      const client = open({
        retriesMax: 0,
        credentials: { accessToken: 'old', refreshToken: 'r1', onSignedOut: () => void (signedOut += 1) },
      });
      expect(await failure(client.call('credits.getBalance'))).toBeInstanceOf(ServerError);
      server.script(byToken(pair));
      expect((await client.call('credits.getBalance')).balance).toBe(45);
      expect(signedOut).toBe(0);
    });

    test('a session that was ended is not refreshed', async () => {
      server.script(problem(401, 'auth.session_revoked'));
      await failure(open({ credentials: { accessToken: 'old', refreshToken: 'r1' } }).call('credits.getBalance'));
      expect(server.seen).toHaveLength(1);
    });
  });
}
