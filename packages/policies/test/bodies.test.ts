import { describe, expect, test } from '@jest/globals';
import { formTexts } from '../src/bodies/form-texts.ts';
import { inspectAnswer, inspectBody } from '../src/bodies/inspect.ts';
import { UnreadableJson } from '../src/bodies/json-walk.ts';
import { jsonTexts } from '../src/bodies/text-places.ts';
import { PolicySet } from '../src/rules/policy-set.ts';
import { CALL, keyword, pii, rule } from './rules.ts';

const rules = (way: 'request' | 'response') => {
  const active = new PolicySet([rule(keyword(['forbidden'])), rule(pii('email', 'credit_card'))]).activeFor(CALL, way);
  if (active === undefined) throw new Error('no rule is for the call');
  return active;
};
const inspect = (body: string) => inspectBody(body, jsonTexts(body), rules('request'));
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('what is forbidden is found wherever the vendors have texts', () => {
  test.each<[string, unknown, string]>([
    ['chat', { messages: [{ role: 'user', content: 'forbidden' }] }, '/messages/0/content'],
    [
      'chat, parts',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'forbidden' }] }] },
      '/messages/0/content/0/text',
    ],
    ['developer', { messages: [{ role: 'developer', content: 'forbidden' }] }, '/messages/0/content'],
    [
      'arguments of a tool',
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{"q":"forb\\u0069dden"}' } }],
          },
        ],
      },
      '/messages/0/tool_calls/0/function/arguments',
    ],
    [
      'the older function_call',
      { messages: [{ function_call: { name: 'f', arguments: '{"q":"forbidden"}' } }] },
      '/messages/0/function_call/arguments',
    ],
    [
      'result of a tool',
      { messages: [{ role: 'tool', tool_call_id: 'x', content: 'forbidden' }] },
      '/messages/0/content',
    ],
    ['completions', { prompt: ['ok', 'forbidden'] }, '/prompt/1'],
    ['embeddings', { input: 'forbidden' }, '/input'],
    ['responses, instructions', { instructions: 'forbidden', input: 'ok' }, '/instructions'],
    [
      'responses, items',
      { input: [{ role: 'user', content: [{ type: 'input_text', text: 'forbidden' }] }] },
      '/input/0/content/0/text',
    ],
    [
      'responses, output of a tool',
      { input: [{ type: 'function_call_output', call_id: 'x', output: 'forbidden' }] },
      '/input/0/output',
    ],
    [
      'responses, a file',
      { input: [{ content: [{ type: 'input_file', file_data: `data:text/plain;base64,${base64('forbidden')}` }] }] },
      '/input/0/content/0/file_data',
    ],
    ['messages, system', { system: [{ type: 'text', text: 'forbidden' }], messages: [] }, '/system/0/text'],
    [
      'messages, an entry of the system',
      { messages: [{ role: 'system', content: 'forbidden' }] },
      '/messages/0/content',
    ],
    [
      'messages, input of a tool',
      { messages: [{ content: [{ type: 'tool_use', id: 'x', name: 'f', input: { id: 'forbidden' } }] }] },
      '/messages/0/content/0/input/id',
    ],
    [
      'messages, a document',
      {
        messages: [
          {
            content: [
              { type: 'document', source: { type: 'base64', data: base64('forbidden'), media_type: 'text/plain' } },
            ],
          },
        ],
      },
      '/messages/0/content/0/source/data',
    ],
    [
      'messages, a document of text',
      {
        messages: [
          { content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'forbidden' } }] },
        ],
      },
      '/messages/0/content/0/source/data',
    ],
    ['gemini', { contents: [{ parts: [{ text: 'forbidden' }] }] }, '/contents/0/parts/0/text'],
    ['gemini, system', { systemInstruction: { parts: [{ text: 'forbidden' }] } }, '/systemInstruction/parts/0/text'],
    [
      'gemini, arguments',
      { contents: [{ parts: [{ functionCall: { name: 'f', args: { a: { role: 'forbidden' } } } }] }] },
      '/contents/0/parts/0/functionCall/args/a/role',
    ],
    [
      'gemini, a text in base64',
      { contents: [{ parts: [{ inlineData: { mimeType: 'text/plain', data: base64('forbidden') } }] }] },
      '/contents/0/parts/0/inlineData/data',
    ],
    ['images', { prompt: 'forbidden', model: 'm' }, '/prompt'],
    ['metadata', { metadata: { id: 'forbidden' } }, '/metadata/id'],
    ['a member nobody knew of', { later: { new: ['forbidden'] } }, '/later/new/0'],
  ])('%s', async (_, body, location) => {
    const { findings, redacted } = await inspect(JSON.stringify(body));
    expect(findings).toMatchObject([{ location, count: 1 }]);
    const text = decodeURIComponent(redacted ?? '');
    expect(text.includes('[REDACTED]') || text.includes(base64('[REDACTED]'))).toBe(true);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test('but not in what names, chooses or defines', async () => {
    const body = {
      model: 'forbidden',
      tools: [{ function: { name: 'forbidden', description: 'forbidden' } }],
      messages: [
        { role: 'forbidden', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,forbidden' } }] },
      ],
    };
    expect(await inspect(JSON.stringify(body))).toMatchObject({ findings: [], redacted: undefined });
  });

  test('also in what a tool is given under the name of media', async () => {
    const input = { data: 'forbidden', mime_type: 'image/png', url: 'data:image/png;base64,x forbidden' };
    const { findings } = await inspect(JSON.stringify({ messages: [{ content: [{ type: 'tool_use', input }] }] }));
    expect(findings.map(({ location }) => location)).toEqual([
      '/messages/0/content/0/input/data',
      '/messages/0/content/0/input/url',
    ]);
  });

  test('and media are passed over', async () => {
    const image = Buffer.alloc(3_000_000, 'forbidden').toString('base64');
    const body = {
      input: [
        { type: 'input_image', image_url: `data:image/png;base64,${image}` },
        { type: 'input_audio', input_audio: { data: image, format: 'wav' } },
        { type: 'image_generation_call', result: image },
      ],
      contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: image } }] }],
    };
    expect((await inspect(JSON.stringify(body))).findings).toEqual([]);
  });

  test('also where a text only looks like an address of data', async () => {
    const { findings } = await inspect(
      JSON.stringify({ messages: [{ content: 'data:image/png;base64,x forbidden' }] }),
    );
    expect(findings).toHaveLength(1);
  });

  test('also in the second of two members of one name', async () => {
    const { findings } = await inspect('{"input":"ok","input":"forbidden"}');
    expect(findings).toMatchObject([{ location: '/input' }]);
  });
});

test('a redacted body keeps every other byte', async () => {
  const body = '{ "n":1.0e0,"messages" : [{"content":"x \\u00e9 ann@acme.example\\n"}],"n":12345678901234567890 }';
  const { redacted } = await inspect(body);
  expect(redacted).toBe('{ "n":1.0e0,"messages" : [{"content":"x é [EMAIL]\\n"}],"n":12345678901234567890 }');
});

test('a long number that a tool is given is looked at as well', async () => {
  const { redacted } = await inspect('{"messages":[{"content":[{"input":{"card":4111111111111111,"n":1}}]}]}');
  expect(redacted).toBe('{"messages":[{"content":[{"input":{"card":"[CREDIT_CARD]","n":1}}]}]}');
});

test.each(['', '{', '{"a":1}x', '{"a":tru}', '{"a":"\\x"}', '[1,]', '{"a" 1}', '\ufeff{}', '['.repeat(600)])(
  'a body that is no JSON is not guessed at: %j',
  async (body) => {
    await expect(inspect(body)).rejects.toThrow(UnreadableJson);
  },
);

describe('forms', () => {
  const form = (prompt: string) =>
    [
      '--b',
      'Content-Disposition: form-data; name="model"',
      '',
      'forbidden',
      '--b',
      'Content-Disposition: form-data; name="image"; filename="a.png"',
      '',
      'forbidden\u0000\u00ff',
      '--b',
      'Content-Disposition: form-data; name="prompt"',
      '',
      prompt,
      '--b--',
      '',
    ].join('\r\n');
  const latin1 = (text: string) => Buffer.from(text).toString('latin1');

  test('have their texts looked at, and their files left', async () => {
    const body = latin1(form('für forbidden'));
    const { findings, redacted } = await inspectBody(
      body,
      formTexts(body, 'multipart/form-data; boundary=b'),
      rules('request'),
    );
    expect(findings).toMatchObject([{ location: '/prompt', count: 1 }]);
    expect(redacted).toBe(latin1(form('für [REDACTED]')));
  });

  test('that break off are not guessed at', () => {
    const texts = formTexts(form('x').slice(0, -12), 'multipart/form-data; boundary=b');
    expect(() => Array.from(texts)).toThrow(UnreadableJson);
  });
});

describe('answers', () => {
  test('have their texts looked at, and do not spell them a second time', async () => {
    const answer = {
      id: 'ann@acme.example',
      choices: [
        { message: { content: 'to ann@acme.example' }, logprobs: { content: [{ token: 'ann@acme.example' }] } },
      ],
    };
    const { findings, redacted } = await inspectAnswer(JSON.stringify(answer), rules('response'));
    expect(findings).toMatchObject([{ count: 1 }]);
    expect(JSON.parse(redacted ?? '')).toEqual({
      ...answer,
      choices: [{ message: { content: 'to [EMAIL]' }, logprobs: null }],
    });
  });

  test('that are a list of events are read as one text', async () => {
    const event = (text: string) => ({ candidates: [{ index: 0, content: { parts: [{ text }] } }] });
    const { findings, redacted } = await inspectAnswer(
      JSON.stringify(['x forb', 'idd', 'en y'].map(event)),
      rules('response'),
    );
    expect(findings).toMatchObject([{ count: 1 }]);
    expect(JSON.parse(redacted ?? '')).toEqual(['x [REDACTED]', '', ' y'].map(event));
  });
});

test('a long text is looked at in turns', async () => {
  const text = `${'word '.repeat(40_000)}forbidden`;
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const { findings } = await inspect(JSON.stringify({ input: text }));
  clearInterval(timer);
  expect(findings).toHaveLength(1);
  expect(turns).toBeGreaterThan(3);
});
