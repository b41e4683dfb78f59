import type { PolicyDetection, PolicyRule } from '@turnpike/contracts';
import { blockingRule } from '../src/rules/findings.ts';
import { PolicySet } from '../src/rules/policy-set.ts';
import { TextScan, type TextForm } from '../src/rules/text-scan.ts';

let made = 0;

/** A rule for all calls, both ways; each is older than the next. */
export function rule(detection: PolicyDetection, more: Partial<Omit<PolicyRule, 'type' | 'config'>> = {}): PolicyRule {
  made += 1;
  return {
    id: `00000000-0000-7000-8000-${String(made).padStart(12, '0')}`,
    version: 1,
    name: `${detection.type} ${made}`,
    action: 'redact',
    direction: 'both',
    severity: 'medium',
    priority: 100,
    scope: {},
    ...more,
    ...detection,
  };
}

export const keyword = (words: string[], more: { match?: 'word' | 'substring'; case_sensitive?: boolean } = {}) =>
  ({ type: 'keyword', config: { words, match: 'word', case_sensitive: false, ...more } }) as const;
export const regex = (pattern: string, flags: '' | 'i' = '') =>
  ({ type: 'regex', config: { pattern, flags } }) as const;
export const pii = (...entities: Extract<PolicyDetection, { type: 'pii' }>['config']['entities']) =>
  ({ type: 'pii', config: { entities, min_confidence: 0.5 } }) as const;
export const secret = (...kinds: Extract<PolicyDetection, { type: 'secret' }>['config']['kinds']) =>
  ({ type: 'secret', config: { kinds, min_entropy: 2.5 } }) as const;

export const CALL = { keyId: undefined, provider: 'openai', model: 'gpt-5.4' };

/** What is found in a text, and what is left of it, when it comes in pieces; each piece is taken as far as it is settled. */
export function scan(rules: readonly PolicyRule[], pieces: readonly string[], form: TextForm = 'plain') {
  const active = new PolicySet(rules).activeFor(CALL, 'response');
  if (active === undefined) throw new Error('no rule is for the call');
  const text = new TextScan(active, form);
  const taken: string[] = [];
  for (const piece of pieces) {
    text.push(piece);
    taken.push(text.take(text.settledTo));
  }
  text.end();
  taken.push(text.take(text.settledTo));
  const found = text.findings.at(({ start }) => String(start));
  return {
    found: found.map(({ rule: { name }, ...rest }) => ({ name, ...rest })),
    taken,
    redacted: taken.join(''),
    blockedBy: blockingRule(found)?.name,
  };
}
