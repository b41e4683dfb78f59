import { describe, expect, test } from '@jest/globals';
import { EventBoundary, takesComments } from './event-stream.ts';

describe('comments may be put into', () => {
  test.each([
    [{ 'content-type': 'text/event-stream' }],
    [{ 'content-type': 'Text/Event-Stream ; charset=utf-8' }],
    [{ 'content-type': 'text/event-stream', 'content-encoding': 'Identity', 'cache-control': 'no-cache' }],
  ])('%j', (headers) => {
    expect(takesComments(200, headers)).toBe(true);
    for (const status of [201, 204, 206, 304, 404, 500]) expect(takesComments(status, headers)).toBe(false);
  });
});

describe('comments may not be put into', () => {
  test.each<[Record<string, string | string[]>]>([
    [{}],
    [{ 'content-type': 'text/event-streams' }],
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }],
    [{ 'content-type': 'text/event-stream', 'content-encoding': ['identity', 'br'] }],
    [{ 'content-type': 'text/event-stream', 'content-length': '100' }],
    [{ 'content-type': 'text/event-stream', 'cache-control': 'no-cache, No-Transform' }],
    [{ 'content-type': 'text/event-stream', 'cache-control': ['no-cache', 'no-transform'] }],
  ])('%j', (headers) => {
    expect(takesComments(200, headers)).toBe(false);
  });
});

describe('between events', () => {
  test.each<[string, boolean]>([
    ['', false],
    ['\xef', false],
    ['\xef\xbb', false],
    ['\xef\xbb\xbf', false],
    ['data: 1', false],
    ['data: 1\n', false],
    ['data: 1\r', false],
    ['data: 1\r\n', false],
    ['data: 1\n\n', true],
    ['data: 1\r\r', true],
    ['data: 1\r\n\r\n', true],
    ['data: 1\n\r\n', true],
    ['data: 1\r\n\n', true],
    ['data: 1\n\ndata: 2\n', false],
    ['\xef\xbb\xbfdata: 1\n\n', true],
  ])('%j: %s', (text, between) => {
    const whole = new EventBoundary();
    whole.saw(Buffer.from(text, 'latin1'));
    const bytewise = new EventBoundary();
    for (const byte of Buffer.from(text, 'latin1')) bytewise.saw(Buffer.of(byte));
    expect([whole.between, bytewise.between]).toEqual([between, between]);
  });
});
