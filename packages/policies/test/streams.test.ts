import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PolicyRule } from '@turnpike/contracts';
import { PolicySet } from '../src/rules/policy-set.ts';
import type { StreamDialect } from '../src/streams/slots.ts';
import { HELD_BYTES_MAX, StreamGuard } from '../src/streams/stream-guard.ts';
import { CALL, keyword, pii, rule, scan } from './rules.ts';

type Json = Record<string, unknown>;
/** How a vendor streams one text, or the arguments of one tool, and where a client finds them again. */
interface Vendor {
  readonly dialect: StreamDialect;
  readonly piece: (text: string) => Json;
  readonly last: Json;
  readonly textIn: (event: Json) => string | undefined;
}

const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, part) => (inner as Json | undefined)?.[part], value);
const textAt =
  (...path: (string | number)[]) =>
  (event: Json) =>
    at(event, ...path) as string | undefined;

const STEP = { event_type: 'step.delta', index: 1 };
const STEP_END = { event_type: 'step.stop', index: 1 };
const TEXTS: Record<string, Vendor> = {
  'chat completions': {
    dialect: 'openai.chat',
    piece: (content) => ({ choices: [{ index: 0, delta: { content } }] }),
    last: { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    textIn: textAt('choices', 0, 'delta', 'content'),
  },
  responses: {
    dialect: 'openai.responses',
    piece: (delta) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta }),
    last: { type: 'response.output_text.done', output_index: 0, content_index: 0 },
    textIn: textAt('delta'),
  },
  messages: {
    dialect: 'anthropic',
    piece: (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    last: { type: 'content_block_stop', index: 0 },
    textIn: textAt('delta', 'text'),
  },
  gemini: {
    dialect: 'gemini',
    piece: (text) => ({ candidates: [{ index: 0, content: { parts: [{ text }] } }] }),
    last: { candidates: [{ index: 0, finishReason: 'STOP' }] },
    textIn: textAt('candidates', 0, 'content', 'parts', 0, 'text'),
  },
  interactions: {
    dialect: 'google.interactions',
    piece: (text) => ({ ...STEP, delta: { type: 'text', text } }),
    last: STEP_END,
    textIn: textAt('delta', 'text'),
  },
};
const TOOLS: Record<string, Vendor> = {
  'chat completions': {
    dialect: 'openai.chat',
    piece: (text) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 1, function: { arguments: text } }] } }],
    }),
    last: { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    textIn: textAt('choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'),
  },
  responses: {
    dialect: 'openai.responses',
    piece: (delta) => ({ type: 'response.function_call_arguments.delta', output_index: 0, delta }),
    last: { type: 'response.function_call_arguments.done', output_index: 0 },
    textIn: textAt('delta'),
  },
  messages: {
    dialect: 'anthropic',
    piece: (text) => ({
      type: 'content_block_delta',
      index: 1,
      delta: { type: 'input_json_delta', partial_json: text },
    }),
    last: { type: 'content_block_stop', index: 1 },
    textIn: textAt('delta', 'partial_json'),
  },
  interactions: {
    dialect: 'google.interactions',
    piece: (text) => ({ ...STEP, delta: { type: 'arguments_delta', arguments: text } }),
    last: STEP_END,
    textIn: textAt('delta', 'arguments'),
  },
};

const sse = (data: Json) => Buffer.from(`event: x\ndata: ${JSON.stringify(data)}\n\n`);
const dataOf = (event: Buffer) => JSON.parse(/^data: (.*)$/m.exec(event.toString())?.[1] ?? '') as Json;

function guard(rules: readonly PolicyRule[], dialect: StreamDialect): StreamGuard {
  const active = new PolicySet(rules).activeFor(CALL, 'response');
  if (active === undefined) throw new Error('no rule is for the call');
  return new StreamGuard(active, dialect);
}

/** What a client gets of a stream. */
function stream({ dialect, piece, last, textIn }: Vendor, rules: readonly PolicyRule[], pieces: readonly string[]) {
  const watched = guard(rules, dialect);
  const events: Buffer[] = [];
  for (const data of [...pieces.map(piece), last]) {
    const passed = watched.push(sse(data));
    events.push(...passed.events);
    if (passed.blockedBy !== undefined)
      return { text: textOf(events, textIn), blockedBy: passed.blockedBy.name, events };
  }
  events.push(...watched.end().events);
  return { text: textOf(events, textIn), blockedBy: undefined, events };
}

function textOf(events: readonly Buffer[], textIn: Vendor['textIn']): string {
  return events.map((event) => textIn(dataOf(event)) ?? '').join('');
}

const cutsOf = (text: string) =>
  fc.array(fc.nat(text.length), { maxLength: 6 }).map((cuts) => {
    const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
    return places.slice(1).map((end, index) => text.slice(places[index], end));
  });

const REDACTS = [rule(pii('email', 'credit_card')), rule(keyword(['forbidden thing']))];
const TEXT = 'Write to user@example.com, pay 4111 1111 1111 1111 for the Forbidden Thing. Bye 😀.';
const ARGUMENTS =
  '{"to":"user@ex\\u0061mple.com","card":4111111111111111,"n":[-1.5e3,true],"s":"a \\"forbidden\\u0020thing\\" b"}';

describe.each(Object.entries(TEXTS))('a text of %s', (_, vendor) => {
  test('is redacted as the whole is, wherever it is cut', () => {
    const expected = scan(REDACTS, [TEXT]).redacted;
    fc.assert(
      fc.property(cutsOf(TEXT), (pieces) => {
        const { text, events } = stream(vendor, REDACTS, pieces);
        expect(text).toBe(expected);
        expect(events).toHaveLength(pieces.length + 1);
      }),
      { numRuns: 60 },
    );
  });

  test('is blocked wherever it is cut, and nothing of what blocks is let through', () => {
    const blocks = [rule(keyword(['forbidden thing']), { action: 'block', name: 'no' })];
    fc.assert(
      fc.property(cutsOf(TEXT), (pieces) => {
        const { text, blockedBy } = stream(vendor, blocks, pieces);
        expect(blockedBy).toBe('no');
        expect(TEXT.slice(0, TEXT.indexOf('Forbidden'))).toContain(text);
      }),
      { numRuns: 60 },
    );
  });

  test('is passed on byte by byte at once where rules only flag', () => {
    const watched = guard([rule(keyword(['forbidden thing']), { action: 'flag' })], vendor.dialect);
    for (const piece of ['a forb', 'idden th', 'ing']) {
      const event = sse(vendor.piece(piece));
      expect(watched.push(event).events).toEqual([event]);
    }
    watched.end();
    expect(watched.findings).toMatchObject([{ count: 1, location: 'stream@2' }]);
  });
});

describe.each(Object.entries(TOOLS))('the arguments of a tool of %s', (_, vendor) => {
  test('are redacted as the whole is, and stay JSON, wherever they are cut', () => {
    fc.assert(
      fc.property(cutsOf(ARGUMENTS), (pieces) => {
        const { text } = stream(vendor, REDACTS, pieces);
        expect(JSON.parse(text)).toEqual({
          to: '[EMAIL]',
          card: '[CREDIT_CARD]',
          n: [-1500, true],
          s: 'a "[REDACTED]" b',
        });
      }),
      { numRuns: 60 },
    );
  });
});

test('the two texts of two choices are followed apart, and their events keep their order', () => {
  const watched = guard(REDACTS, 'openai.chat');
  const event = (index: number, content: string) => sse({ choices: [{ index, delta: { content } }] });
  const sent = [event(0, 'user@exa'), event(1, 'hello '), event(0, 'mple.com '), event(1, 'world ')];
  const textIn = textAt('choices', 0, 'delta', 'content');
  const passed = sent.map((bytes) => watched.push(bytes).events.map((out) => textIn(dataOf(out))));
  expect(passed).toEqual([[], [], ['[EMAIL]', 'hello ', ' '], ['world ']]);
});

test('a text that is repeated whole at the end is redacted there too, and counted once', () => {
  const watched = guard(REDACTS, 'openai.responses');
  const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'user@example.com' };
  const done = { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'user@example.com' };
  const completed = {
    type: 'response.completed',
    response: { output: [{ content: [{ type: 'output_text', text: 'user@example.com' }] }] },
  };
  const out = [delta, done, completed]
    .flatMap((data) => watched.push(sse(data)).events)
    .map(String)
    .join('');
  expect(out).not.toContain('user@');
  expect(out.split('[EMAIL]')).toHaveLength(4);
  expect(watched.findings).toMatchObject([{ count: 1 }]);
});

test('arguments that come whole are blocked with the event that brings them', () => {
  const watched = guard([rule(keyword(['forbidden']), { action: 'block', name: 'no' })], 'gemini');
  const event = (parts: Json[]) => sse({ candidates: [{ index: 0, content: { parts } }] });
  expect(watched.push(event([{ text: 'ok ' }])).events).toHaveLength(1);
  const passed = watched.push(event([{ functionCall: { name: 'f', args: { a: 'forbidden' } } }]));
  expect(passed).toMatchObject({ events: [], blockedBy: { name: 'no' } });
});

test('an event that only gives signs of life passes, with its bytes as they are', () => {
  const watched = guard(REDACTS, 'anthropic');
  const ping = Buffer.from('event: ping\r\ndata: {"type": "ping"}\r\n\r\n');
  expect(watched.push(ping).events).toEqual([ping]);
  expect(watched.push(Buffer.from(': comment\n\n')).events).toHaveLength(1);
});

test('probabilities do not spell what is redacted', () => {
  const watched = guard(REDACTS, 'openai.chat');
  const data = {
    choices: [{ index: 0, delta: { content: 'x ' }, logprobs: { content: [{ token: 'user@example.com' }] } }],
  };
  expect(watched.push(sse(data)).events.map((event) => at(dataOf(event), 'choices', 0, 'logprobs'))).toEqual([null]);
});

test('a stream that cannot be followed is broken off, unless rules only flag', () => {
  const broken = Buffer.from('data: {"choices":[{"delta":{"content":"user@\n\n');
  expect(guard(REDACTS, 'openai.chat').push(broken)).toEqual({ events: [], overflow: true });
  const flags = guard([rule(pii('email'), { action: 'flag' })], 'openai.chat');
  expect(flags.push(broken)).toEqual({ events: [broken] });
});

test('what is held back is bounded', () => {
  const watched = guard(REDACTS, 'openai.chat');
  const event = (index: number, content: string) => sse({ choices: [{ index, delta: { content } }] });
  expect(watched.push(event(0, 'user@exa')).events).toEqual([]);
  let held = 0;
  for (;;) {
    const passed = watched.push(event(1, `${'x '.repeat(50_000)}`));
    if (passed.overflow) break;
    expect(passed.events).toEqual([]);
    held += 1;
  }
  expect(held).toBe(Math.floor(HELD_BYTES_MAX / 100_000));
});
