import { expect, test } from '@jest/globals';
import type { GatewayIdentity } from '@turnpike/service-kit';
import { requireModel, requireProvider } from '../src/calls/allowed.ts';

const identity = (keyConstraints: GatewayIdentity['keyConstraints']): GatewayIdentity => ({
  userId: 'user',
  tier: 'free',
  sessionId: undefined,
  keyId: 'key',
  keyConstraints,
  scopes: ['llm:invoke'],
  organisation: undefined,
  operatorRole: undefined,
  shared: false,
});

test.each<[string[], string, boolean]>([
  [['gpt-4o'], 'gpt-4o', true],
  [['gpt-4o'], 'gpt-4o-mini', false],
  [['gpt-4o*'], 'gpt-4o-mini', true],
  [['*-mini'], 'gpt-4o-mini', true],
  [['*-mini'], 'gpt-4o-mini-2', false],
  [['gpt-*-mini'], 'gpt-4o-mini', true],
  [['gpt-*o*-mini'], 'gpt-4o-mini', true],
  [['ab*ba'], 'aba', false],
  [['*'], 'anything', true],
  [['claude-*', 'gpt-4o'], 'claude-opus-4-1', true],
  [['GPT-4o'], 'gpt-4o', false],
])('a key for %j and the model %s: %s', (allowed_models, model, expected) => {
  const decide = (): boolean => {
    requireModel({ identity: identity({ allowed_models }) }, model);
    return true;
  };
  if (expected) expect(decide()).toBe(true);
  else expect(decide).toThrow('may not call the model');
});

test('a key for one provider calls no other; one without a list calls all', () => {
  const one = identity({ allowed_providers: ['openai'] });
  requireProvider({ provider: 'openai', identity: one });
  expect(() => requireProvider({ provider: 'google', identity: one })).toThrow('may not call google');
  requireProvider({ provider: 'google', identity: identity(undefined) });
  requireModel({ identity: identity(undefined) }, 'anything');
});
