import { describe, expect, test } from '@jest/globals';
import { ConnectionError } from '../../src/index.ts';
import { json, type Step } from '../scripted-server.ts';
import { server, open, failure } from './stage.ts';

/** Pages and events. */
export function listsTests(): void {
  describe('pages', () => {
    const collect = async (items: AsyncIterable<unknown>): Promise<unknown[]> => {
      const all: unknown[] = [];
      for await (const item of items) all.push(item);
      return all;
    };

    test('by offset', async () => {
      server.script(
        json(200, { items: [1, 2], total: 3, limit: 2, offset: 0 }),
        json(200, { items: [3], total: 3, limit: 2, offset: 2 }),
      );
      expect(await collect(open().pages('auth.listSessions', { query: { limit: 2 } }))).toEqual([1, 2, 3]);
      expect(server.seen.map(({ path }) => path)).toEqual([
        '/api/v1/auth/sessions?limit=2',
        '/api/v1/auth/sessions?limit=2&offset=2',
      ]);
    });

    test('by number, in an envelope', async () => {
      const page = (items: number[], number: number): Step =>
        json(200, {
          success: true,
          error: null,
          data: { items, pagination: { page: number, limit: 1, total: 2, pages: 2 } },
        });
      server.script(page([1], 1), page([2], 2));
      const pages = open().pages('account.listApiKeys', { headers: { 'x-project-id': 'p' } });
      expect(await collect(pages)).toEqual([1, 2]);
      expect(server.seen[1]).toMatchObject({ path: '/auth/api-keys?page=2', headers: { 'x-project-id': 'p' } });
    });

    test('by link, which fixes where the list was begun', async () => {
      server.script(
        json(200, [1, 2], { Link: '</api/v1/credits/history?limit=2&offset=2&as_of=9>; rel="next"' }),
        json(200, [3]),
      );
      expect(await collect(open().pages('credits.getHistory', { query: { limit: 2 } }))).toEqual([1, 2, 3]);
      expect(server.seen[1]?.path).toBe('/api/v1/credits/history?limit=2&offset=2&as_of=9');
    });
  });

  describe('events', () => {
    test('arrive whole, whatever pieces they come in, without heartbeats', async () => {
      const bytes = Buffer.from(
        'event: token\r\ndata: h\u00e9\r\n\r\n: beat\n\ndata: two\ndata: lines\nid: 7\n\ndata: cut off',
      );
      server.script((_seen, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (const byte of bytes) response.write(Buffer.of(byte));
        response.end();
      });
      const events: unknown[] = [];
      for await (const event of open().events('/api/v1/timepoints/generate/stream', { method: 'POST', json: {} }))
        events.push(event);
      expect(events).toEqual([
        { event: 'token', data: 'h\u00e9', id: undefined },
        { event: 'message', data: 'two\nlines', id: '7' },
      ]);
      expect(server.seen[0]?.headers.accept).toBe('text/event-stream');
    });

    test('that break off are an error, and nothing is repeated', async () => {
      server.script((_seen, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: one\n\n', () => response.destroy());
      });
      const events: unknown[] = [];
      const reading = (async () => {
        for await (const { data } of open().events('/x')) events.push(data);
      })();
      expect(await failure(reading)).toBeInstanceOf(ConnectionError);
      expect(events).toEqual(['one']);
      expect(server.seen).toHaveLength(1);
    });

    test('end at the server when the reader leaves', async () => {
      let closed: (() => void) | undefined;
      const left = new Promise<void>((resolve) => (closed = resolve));
      server.script((_seen, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: one\n\n');
        response.on('close', () => closed?.());
      });
      for await (const { data } of open().events('/x')) {
        expect(data).toBe('one');
        break;
      }
      await left;
    });
  });
}
