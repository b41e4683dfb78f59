import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeServer, listen } from '@turnpike/service-kit';
import { newAddress, OTHER, outcome, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

/** `HIBP_CHECK`: new passwords are looked for in a list of breached ones, which is told five characters of a hash. */
export function breachedPasswordsTests(): void {
  let list: Server;
  let stage: PasswordStage;
  let asked: { url: string; padded: string | undefined }[] = [];
  let answer: RequestListener;
  const hashOf = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();
  const lines: RequestListener = (_request, response) => {
    response.end(`${'0'.repeat(35)}:3\r\n${hashOf(PASSWORD).slice(5)}:12\r\n${hashOf(OTHER).slice(5)}:0\r\n`);
  };

  beforeAll(async () => {
    list = createServer((request, response) => {
      asked.push({ url: request.url ?? '', padded: request.headers['add-padding'] as string | undefined });
      answer(request, response);
    });
    stage = await startPasswordStage({ HIBP_CHECK: 'true', HIBP_URL: await listen(list, 0, '127.0.0.1') });
  });
  afterAll(async () => {
    await stage.close();
    await closeServer(list, 1_000);
  });

  const register = (password: string) => stage.post('register', { email: newAddress(), password });

  describe('a new password', () => {
    test('that is listed is refused as common, and nothing but the beginning of its hash was told', async () => {
      asked = [];
      answer = lines;
      const refused = await register(PASSWORD);
      expect([...outcome(refused), refused.body['reason']]).toEqual([422, 'auth.password_rejected', 'common']);
      expect(asked).toEqual([{ url: `/range/${hashOf(PASSWORD).slice(0, 5)}`, padded: 'true' }]);
    });

    test('that the padding alone has is taken', async () => {
      answer = lines;
      expect((await register(OTHER)).status).toBe(201);
    });

    test.each<[string, RequestListener]>([
      ['answers 503', (_request, response) => response.writeHead(503).end()],
      ['redirects', (_request, response) => response.writeHead(302, { Location: '/elsewhere' }).end()],
      ['closes the connection', (request) => request.socket.destroy()],
      ['never answers', () => {}],
      ['answers without an end', (_request, response) => response.write('x'.repeat(1_000_000))],
    ])('is taken while the list %s', async (_what, listener) => {
      answer = listener;
      expect((await register(PASSWORD)).status).toBe(201);
    });
  });

  test('without the setting nobody is asked', async () => {
    const plain = await startPasswordStage();
    try {
      asked = [];
      expect((await plain.post('register', { email: newAddress(), password: PASSWORD })).status).toBe(201);
      expect(asked).toEqual([]);
    } finally {
      await plain.close();
    }
  });
}
