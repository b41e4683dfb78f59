import { describe, expect, test } from '@jest/globals';
import { judgeFacts } from '../src/rules/facts.ts';
import { PolicySet } from '../src/rules/policy-set.ts';
import { violationsOf } from '../src/rules/violation.ts';
import { CALL, keyword, pii, rule, scan } from './rules.ts';

const KEY = '00000000-0000-7000-8000-00000000000a';

describe('a rule is for the calls of its scope', () => {
  test.each([
    [{}, true],
    [{ providers: ['openai' as const] }, true],
    [{ providers: ['google' as const] }, false],
    [{ models: ['gpt-*', 'o*'] }, true],
    [{ models: ['*-5.4'] }, true],
    [{ models: ['GPT*5*'] }, true],
    [{ models: ['gpt-5'] }, false],
    [{ key_ids: [KEY] }, true],
    [{ key_ids: ['00000000-0000-7000-8000-00000000000b'] }, false],
    [{ models: ['gpt-*'], providers: ['google' as const] }, false],
  ])('%j: %s', (scope, applies) => {
    const set = new PolicySet([rule(keyword(['x']), { scope })]);
    expect(set.activeFor({ ...CALL, keyId: KEY }, 'request') !== undefined).toBe(applies);
  });

  test('and of its direction', () => {
    const set = new PolicySet([rule(keyword(['x']), { direction: 'request' })]);
    expect(set.activeFor(CALL, 'request')?.keywordRules.size).toBe(1);
    expect(set.activeFor(CALL, 'response')).toBeUndefined();
  });
});

describe('what is known of a request before its texts', () => {
  const facts = { model: 'gpt-5.4', inputTokens: 100, outputTokens: 50, images: 1 };
  const judged = (detection: Parameters<typeof rule>[0], more = {}) => {
    const active = new PolicySet([rule(detection, { action: 'block' })]).activeFor(CALL, 'request');
    return active === undefined ? 0 : judgeFacts(active, { ...facts, ...more }).length;
  };

  test.each([
    [{ allow: ['gpt-*'] }, 0],
    [{ allow: ['claude-*'] }, 1],
    [{ deny: ['gpt-5*'] }, 1],
    [{ allow: ['*'], deny: ['*-mini'] }, 0],
  ])('model %j', (config, count) => {
    expect(judged({ type: 'model', config })).toBe(count);
  });

  test.each([
    [{ allow: ['gpt-*'] }, 1],
    [{ deny: ['claude-*'] }, 1],
    [{ allow: ['*'] }, 0],
  ])('model %j, of a request that names another model beside', (config, count) => {
    expect(judged({ type: 'model', config }, { others: ['claude-opus-4-6'] })).toBe(count);
  });

  test.each([
    [{ max_input_tokens: 100 }, {}, 0],
    [{ max_input_tokens: 99 }, {}, 1],
    [{ max_output_tokens: 50 }, {}, 0],
    [{ max_output_tokens: 50 }, { outputTokens: undefined }, 1],
    [{ max_images: 1 }, { images: 2 }, 1],
  ])('limit %j of %j', (config, more, count) => {
    expect(judged({ type: 'limit', config }, more)).toBe(count);
  });
});

test('a violation tells what was found, and nothing of it can be read', () => {
  const mail = rule(pii('email'), { name: 'mail', severity: 'high' });
  const { found } = scan([mail], ['ann.lee@acme.example and bob.ray@acme.example']);
  const findings = found.map(({ location, count, matches }) => ({ rule: mail, location, count, matches }));
  const [violation, ...more] = violationsOf(findings, 'response');
  expect(more).toEqual([]);
  expect(violation).toMatchObject({
    policyId: mail.id,
    policyName: 'mail',
    type: 'pii',
    category: 'email',
    severity: 'high',
    action: 'redacted',
    direction: 'response',
    location: '0',
    matchCount: 2,
    excerpt: 'an*.***@****.*****le … bo*.***@****.*****le',
  });
  expect(JSON.stringify(violation)).not.toMatch(/lee|ray|acme/);
});
