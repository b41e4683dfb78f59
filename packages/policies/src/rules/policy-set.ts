import type { Direction, PolicyRule } from '@turnpike/contracts';
import type { Detector } from '../detectors/detector.ts';
import { INJECTION, INJECTION_CONFIDENCE } from '../detectors/injection.ts';
import { PII } from '../detectors/pii.ts';
import { ENTROPY_BITS_FULL, SECRETS } from '../detectors/secrets.ts';
import { compileKeywords, type Keyword, type KeywordAutomaton } from '../patterns/keywords.ts';
import { compilePattern } from '../patterns/program.ts';
import { appliesTo, byPrecedence, isFor, type CallFacts } from './compiled-rule.ts';

/** A rule that wants what a detector finds, from a confidence on. */
export interface Wanted {
  readonly rule: PolicyRule;
  readonly minConfidence: number;
}

/** A detector, and who wants what it finds. */
export interface Watch {
  readonly detector: Detector;
  readonly wanted: readonly Wanted[];
}

/** What is looked for in the texts of a call that go one way. */
export interface ActiveRules {
  /** Some of them block or redact; otherwise all are only told of, and what cannot be looked at may pass. */
  readonly enforced: boolean;
  readonly watches: readonly Watch[];
  readonly keywords: readonly KeywordAutomaton<PolicyRule>[];
  /** Keyword rules that are for this call; the automata know those of all calls. */
  readonly keywordRules: ReadonlySet<PolicyRule>;
  readonly external: readonly ExternalRule[];
  readonly models: readonly RuleOf<'model'>[];
  readonly limits: readonly RuleOf<'limit'>[];
}

export type RuleOf<T extends PolicyRule['type']> = Extract<PolicyRule, { readonly type: T }>;
export type ExternalRule = RuleOf<'external'>;

const REGEX_CONFIDENCE = 1;

/** The rules of an organisation, compiled. Throws `UnusablePattern` for a regular expression that cannot be used. */
export class PolicySet {
  /** In the order of precedence. */
  readonly rules: readonly PolicyRule[];
  readonly #watches: readonly Watch[];
  readonly #keywords: Readonly<Record<Direction, readonly KeywordAutomaton<PolicyRule>[]>>;

  constructor(rules: readonly PolicyRule[]) {
    this.rules = rules.toSorted(byPrecedence);
    this.#watches = watchesOf(this.rules);
    this.#keywords = { request: automataOf(this.rules, 'request'), response: automataOf(this.rules, 'response') };
  }

  /** The rules for the texts of a call that go one way; `undefined` where there are none. */
  activeFor(call: CallFacts, way: Direction): ActiveRules | undefined {
    const rules = this.rules.filter((rule) => isFor(rule, way) && appliesTo(rule, call));
    if (rules.length === 0) return undefined;
    const active = new Set(rules);
    const watches = this.#watches
      .map(({ detector, wanted }) => ({ detector, wanted: wanted.filter(({ rule }) => active.has(rule)) }))
      .filter(({ wanted }) => wanted.length > 0);
    const keywordRules = new Set(rules.filter(({ type }) => type === 'keyword'));
    return {
      enforced: rules.some(({ action }) => action !== 'flag'),
      watches,
      keywords: keywordRules.size === 0 ? [] : this.#keywords[way],
      keywordRules,
      external: rules.filter((rule) => rule.type === 'external'),
      models: way === 'request' ? rules.filter((rule) => rule.type === 'model') : [],
      limits: way === 'request' ? rules.filter((rule) => rule.type === 'limit') : [],
    };
  }
}

/** Rules that look for the same share one search for it. */
function watchesOf(rules: readonly PolicyRule[]): Watch[] {
  const watches = new Map<Detector, Wanted[]>();
  for (const rule of rules)
    for (const { detector, minConfidence } of detectorsOf(rule)) {
      const wanted = watches.get(detector) ?? [];
      wanted.push({ rule, minConfidence });
      watches.set(detector, wanted);
    }
  return Array.from(watches, ([detector, wanted]) => ({ detector, wanted }));
}

function detectorsOf(rule: PolicyRule): { readonly detector: Detector; readonly minConfidence: number }[] {
  switch (rule.type) {
    case 'regex': {
      const program = compilePattern(rule.config.pattern, rule.config.flags === 'i');
      const judge = (candidate: string) => ({ length: candidate.length, confidence: REGEX_CONFIDENCE });
      return [{ detector: { entity: 'regex', program, judge }, minConfidence: 0 }];
    }
    case 'pii':
      return PII.filter(({ entity }) => rule.config.entities.some((name) => name === entity)).map((detector) => ({
        detector,
        minConfidence: rule.config.min_confidence,
      }));
    case 'secret':
      return rule.config.kinds.flatMap((kind) =>
        SECRETS[kind].map((detector) => ({
          detector,
          minConfidence: kind === 'password_assignment' ? rule.config.min_entropy / ENTROPY_BITS_FULL : 0,
        })),
      );
    case 'prompt_injection':
      return INJECTION.map((detector) => ({
        detector,
        minConfidence: INJECTION_CONFIDENCE[rule.config.sensitivity],
      }));
    case 'keyword':
    case 'model':
    case 'limit':
    case 'external':
      return [];
  }
}

function automataOf(rules: readonly PolicyRule[], way: Direction): KeywordAutomaton<PolicyRule>[] {
  const ofCase = (caseSensitive: boolean): Keyword<PolicyRule>[] =>
    rules.flatMap((rule) =>
      rule.type === 'keyword' && isFor(rule, way) && rule.config.case_sensitive === caseSensitive
        ? rule.config.words.map((word) => ({ word, wholeWord: rule.config.match === 'word', owner: rule }))
        : [],
    );
  return [false, true]
    .map((caseSensitive) => ({ caseSensitive, keywords: ofCase(caseSensitive) }))
    .filter(({ keywords }) => keywords.length > 0)
    .map(({ caseSensitive, keywords }) => compileKeywords(keywords, caseSensitive));
}
