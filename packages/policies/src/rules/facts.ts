import { matchesGlob } from './compiled-rule.ts';
import type { Finding } from './findings.ts';
import type { ActiveRules } from './policy-set.ts';

/** What a request asks for, beside its texts. */
export interface RequestFacts {
  /** The model as it was resolved. */
  readonly model: string;
  /** Others that the request names beside it. */
  readonly others?: readonly string[];
  /** Estimated. */
  readonly inputTokens: number;
  /** Asked for; `undefined` where the request bounds it by nothing. */
  readonly outputTokens: number | undefined;
  readonly images: number;
}

/** Judges what is known of a request before its texts are read: its model and its size. */
export function judgeFacts({ models, limits }: Pick<ActiveRules, 'models' | 'limits'>, facts: RequestFacts): Finding[] {
  const findings: Finding[] = [];
  for (const rule of models) {
    const { allow, deny } = rule.config;
    const named = [facts.model, ...(facts.others ?? [])];
    const denied = deny !== undefined && named.some((model) => matchesGlob(model, deny));
    if (denied || (allow !== undefined && !named.every((model) => matchesGlob(model, allow))))
      findings.push({ rule, location: '/model', count: 1, matches: [] });
  }
  for (const rule of limits) {
    const { max_input_tokens: input, max_output_tokens: output, max_images: images } = rule.config;
    // An answer without a bound may become longer than any.
    const tooLong = output !== undefined && (facts.outputTokens ?? Infinity) > output;
    if (
      (input !== undefined && facts.inputTokens > input) ||
      tooLong ||
      (images !== undefined && facts.images > images)
    )
      findings.push({ rule, location: '', count: 1, matches: [] });
  }
  return findings;
}
