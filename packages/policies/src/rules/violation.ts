import type { Direction, PolicyAction, PolicySeverity, PolicyType } from '@turnpike/contracts';
import type { Finding, Match } from './findings.ts';

/** Longest excerpt, in characters. */
const EXCERPT_CHARS_MAX = 120;
/** Matches that a violation describes. */
const MATCHES_MAX = 20;

const DONE = { block: 'blocked', redact: 'redacted', flag: 'flagged' } as const satisfies Record<PolicyAction, string>;

/** What one rule found in one direction of a call, as it is kept. No text of the call is in it but masked. */
export interface Violation {
  readonly policyId: string;
  readonly policyName: string;
  readonly policyVersion: number;
  readonly type: PolicyType;
  /** The kind of what was found first: an entity, or the type of the rule. */
  readonly category: string;
  readonly severity: PolicySeverity;
  readonly action: (typeof DONE)[PolicyAction];
  readonly direction: Direction;
  readonly location: string;
  readonly matchCount: number;
  readonly excerpt: string;
  readonly matches: readonly Match[];
}

/** One violation for each rule that found something. */
export function violationsOf(findings: readonly Finding[], direction: Direction): Violation[] {
  const byRule = Map.groupBy(findings, ({ rule }) => rule);
  return Array.from(byRule, ([rule, found]) => {
    const matches = found.flatMap((finding) => finding.matches).slice(0, MATCHES_MAX);
    return {
      policyId: rule.id,
      policyName: rule.name,
      policyVersion: rule.version,
      type: rule.type,
      category: matches[0]?.entity ?? rule.type,
      severity: rule.severity,
      action: DONE[rule.action],
      direction,
      location: found[0]?.location ?? '',
      matchCount: found.reduce((sum, { count }) => sum + count, 0),
      excerpt: excerptOf(matches),
      matches,
    };
  });
}

function excerptOf(matches: readonly Match[]): string {
  const text = matches.map(({ masked }) => masked).join(' … ');
  return text.length > EXCERPT_CHARS_MAX ? `${text.slice(0, EXCERPT_CHARS_MAX - 1)}…` : text;
}
