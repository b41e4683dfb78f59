import type { PolicyRule } from '@turnpike/contracts';
import { byPrecedence } from './compiled-rule.ts';

/** Matches of a rule that are described one by one; further ones are counted. */
const MATCHES_MAX = 20;

/** One match, by where it stands in its text. The text of it is kept masked only. */
export interface Match {
  readonly entity: string;
  /** UTF-16 units of the text that was looked at. */
  readonly start: number;
  readonly end: number;
  readonly masked: string;
  /** 0–1. */
  readonly confidence: number;
}

/** What a rule found in one text. */
export interface Finding {
  readonly rule: PolicyRule;
  /** JSON pointer into the body, or `stream@<character>`. */
  readonly location: string;
  readonly count: number;
  readonly matches: readonly Match[];
}

/** Gathers what rules find in one text. */
export class Findings {
  readonly #byRule = new Map<PolicyRule, { count: number; readonly matches: Match[] }>();

  /** Whether a rule that blocks found something. */
  blocks = false;

  add(rule: PolicyRule, match: Match): void {
    this.blocks ||= rule.action === 'block';
    const known = this.#byRule.get(rule) ?? { count: 0, matches: [] };
    this.#byRule.set(rule, known);
    known.count += 1;
    known.matches.push(match);
    // Detectors come to their matches at different times: the first in the text are kept.
    known.matches.sort((a, b) => a.start - b.start || a.end - b.end || (a.entity < b.entity ? -1 : 1));
    if (known.matches.length > MATCHES_MAX) known.matches.pop();
  }

  /** What was found, in the order of precedence. */
  at(location: (first: Match) => string): Finding[] {
    return Array.from(this.#byRule, ([rule, { count, matches }]) => ({
      rule,
      location: matches[0] === undefined ? '' : location(matches[0]),
      count,
      matches,
    })).toSorted((a, b) => byPrecedence(a.rule, b.rule));
  }
}

/** The rule that refuses a call in which all of this was found. */
export function blockingRule(findings: readonly Finding[]): PolicyRule | undefined {
  return findings
    .map(({ rule }) => rule)
    .filter(({ action }) => action === 'block')
    .toSorted(byPrecedence)[0];
}

/** Characters shown of each end of something masked, from this length on. */
const SHOWN = 2;
const SHOWN_FROM = 10;
/** Longest masked text, in characters. */
const MASKED_CHARS_MAX = 120;

/** A text of which only its ends and its punctuation can be read. */
export function masked(text: string): string {
  const characters = Array.from(text);
  const shown = characters.length >= SHOWN_FROM ? SHOWN : 0;
  const hidden = characters.map((character, index) =>
    index < shown || index >= characters.length - shown || /[\s@.:/-]/.test(character) ? character : '*',
  );
  return hidden.length > MASKED_CHARS_MAX ? `${hidden.slice(0, MASKED_CHARS_MAX - 1).join('')}…` : hidden.join('');
}
