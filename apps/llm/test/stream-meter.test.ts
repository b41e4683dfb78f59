import { expect, test } from '@jest/globals';
import type { Dialect } from '../src/paths/dialect.ts';
import { EventSplitter } from '../src/usage/event-splitter.ts';
import { StreamMeter } from '../src/usage/stream-meter.ts';

/** Reads a stream in two pieces, cut at every position: what passes, and what was learned of it. */
function atEverySplit(dialect: Dialect, hides: boolean, text: string): Set<string> {
  const bytes = Buffer.from(text);
  const outcomes = new Set<string>();
  for (let at = 0; at <= bytes.length; at += 1) {
    const splitter = new EventSplitter();
    const meter = new StreamMeter(dialect, hides);
    const shown = [bytes.subarray(0, at), bytes.subarray(at)]
      .flatMap((piece) => splitter.push(piece))
      .filter((event) => meter.saw(event));
    const rest = splitter.rest();
    if (rest.length > 0 && meter.saw(rest)) shown.push(rest);
    const { reported, complete, writtenBytes, failed } = meter;
    outcomes.add(JSON.stringify([Buffer.concat(shown).toString(), reported?.usage, complete, writtenBytes, failed]));
  }
  return outcomes;
}

const events = (...data: object[]): string => data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('');

test('chat: the last usage that is one counts, and an event of nothing else is not shown where it was not asked for', () => {
  const delta = { choices: [{ delta: { content: 'Grüße "x" 😀' } }], usage: null };
  const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 }, service_tier: 'priority' };
  const [outcome, ...others] = atEverySplit('openai.chat', true, `${events(delta, usage)}data: [DONE]\n\n`);
  expect(others).toEqual([]);
  const [shown, used, complete] = JSON.parse(outcome ?? '') as unknown[];
  expect(shown).toBe(`${events(delta)}data: [DONE]\n\n`);
  expect([used, complete]).toMatchObject([{ input: 3, output: 2 }, true]);
});

test("chat: Azure's first event without choices is no usage, and a usage beside choices is shown", () => {
  const filters = { choices: [], prompt_filter_results: [] };
  const last = { choices: [{ delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 2 } };
  const [outcome, ...others] = atEverySplit('openai.chat', true, events(filters, last));
  expect(others).toEqual([]);
  expect((JSON.parse(outcome ?? '') as unknown[])[0]).toBe(events(filters, last));
});

test('Anthropic: input as it was at the start, output as it was last; with CRLF as well', () => {
  const start = {
    type: 'message_start',
    message: { usage: { input_tokens: 4, cache_read_input_tokens: 2455, output_tokens: 1 } },
  };
  const delta = { type: 'message_delta', usage: { output_tokens: 23, input_tokens: null } };
  const text = [start, delta].map((each) => `event: ${each.type}\r\ndata: ${JSON.stringify(each)}\r\n\r\n`).join('');
  const [outcome, ...others] = atEverySplit('anthropic', false, text);
  expect(others).toEqual([]);
  expect((JSON.parse(outcome ?? '') as unknown[])[1]).toMatchObject({ input: 4, cache_read: 2455, output: 23 });
});

test('Gemini: every event tells the sum so far, and some leave a part of it out', () => {
  const text = events(
    { candidates: [{}], usageMetadata: { promptTokenCount: 5 } },
    { candidates: [{}], usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7 } },
    { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 5, thoughtsTokenCount: 2 } },
  );
  const [outcome, ...others] = atEverySplit('gemini', false, text);
  expect(others).toEqual([]);
  expect((JSON.parse(outcome ?? '') as unknown[]).slice(1, 3)).toMatchObject([{ input: 5, output: 9 }, true]);
});

test.each<[Dialect, object[], string | undefined]>([
  ['openai.chat', [{ choices: [{ finish_reason: null }] }, { choices: [{ finish_reason: 'length' }] }], 'length'],
  [
    'openai.chat',
    [
      { choices: [{ delta: {}, finish_reason: 'stop' }] },
      { choices: [{ delta: { content: '"finish_reason":"forged"' } }] },
    ],
    'stop',
  ],
  ['anthropic', [{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} }], 'end_turn'],
  ['gemini', [{ candidates: [{ finishReason: 'MAX_TOKENS' }] }], 'MAX_TOKENS'],
  [
    'openai.responses',
    [
      {
        type: 'response.incomplete',
        response: {
          status: 'incomplete',
          incomplete_details: { reason: 'max_output_tokens' },
          metadata: { reason: 'x' },
        },
      },
    ],
    'max_output_tokens',
  ],
  ['openai.responses', [{ type: 'response.completed', response: { status: 'completed' } }], 'completed'],
  ['openai.plain', [{ finish_reason: 'stop' }], undefined],
])('%s: why the model stopped is told by the member, and not by its text', (dialect, data, reason) => {
  const meter = new StreamMeter(dialect, false);
  for (const event of new EventSplitter().push(Buffer.from(events(...data)))) meter.saw(event);
  expect(meter.finishReason).toBe(reason);
});

test('the text of an error is nothing that a model wrote', () => {
  const [outcome] = atEverySplit(
    'openai.chat',
    true,
    events({ error: { message: 'It failed.', type: 'server_error' } }),
  );
  expect((JSON.parse(outcome ?? '') as unknown[]).slice(3)).toEqual([0, true]);
});

test('an event without an end is passed on in pieces rather than kept', () => {
  const splitter = new EventSplitter();
  const passed = Array.from({ length: 40 }, () => splitter.push(Buffer.alloc(100_000, 'a'))).flat();
  expect(passed.reduce((sum, piece) => sum + piece.length, 0)).toBeGreaterThan(3_000_000 - 1);
});

test.each([
  ['a byte order mark', '\uFEFFdata: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'],
  [
    'lines that end in two ways',
    'data: {"choices":[{}]}\n\r\ndata: {"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\r\n',
  ],
])('%s hides no usage', (_what, text) => {
  const outcomes = [...atEverySplit('openai.chat', false, text)].map((each) => JSON.parse(each) as unknown[]);
  expect(outcomes.map(([, used]) => used)).toEqual(
    outcomes.map(() => expect.objectContaining({ input: 3, output: 2 })),
  );
});

test.each<[Dialect, string, string, object]>([
  [
    'gemini',
    JSON.stringify({
      candidates: [{ content: { parts: [{ inlineData: { data: '{{image}}' } }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9, note: '}"{' },
      modelVersion: 'm',
    }),
    '\n\n',
    { input: 5, output: 9 },
  ],
  [
    'openai.responses',
    JSON.stringify({
      type: 'response.completed',
      response: {
        output: [{ type: 'image_generation_call', result: '{{image}}' }],
        tools: [{ parameters: { properties: { usage: { type: 'object' } } } }],
        usage: { input_tokens: 5, output_tokens: 9 },
        metadata: { usage: 'of "usage": {"input_tokens":1}' },
      },
    }),
    '\r\n\r\n',
    { input: 5, output: 9 },
  ],
])('%s: an event that is too long to be kept tells its usage at its end', (dialect, event, end, expected) => {
  const bytes = Buffer.from(`data: ${event.replace('{{image}}', 'aGVsbG8='.repeat(400_000))}${end}`);
  const [splitter, meter] = [new EventSplitter(), new StreamMeter(dialect, false)];
  let shown = 0;
  for (let at = 0; at < bytes.length; at += 65_535)
    for (const piece of splitter.push(bytes.subarray(at, at + 65_535))) if (meter.saw(piece)) shown += piece.length;
  expect([shown, splitter.rest().length]).toEqual([bytes.length, 0]);
  expect([meter.reported?.usage, meter.complete]).toMatchObject([expected, true]);
});
