import { compilePattern, type Program } from '../patterns/program.ts';

/** What a validator says of a candidate: how much of it is meant, in characters, and how sure it is, 0–1. */
export interface Verdict {
  readonly length: number;
  readonly confidence: number;
}

/** Something of a known form: where to look closer, and how it is told from what merely looks like it. */
export interface Detector {
  /** What was found, in snake case; in capitals it stands in the place of what is redacted. */
  readonly entity: string;
  readonly program: Program;
  /** `undefined` for a text that only looks like it. */
  readonly judge: (candidate: string) => Verdict | undefined;
  /** Longest match that is found whole, in symbols; 1,024 unless told. */
  readonly symbolsMax?: number;
}

/** A detector of texts that have a pattern and pass a check. */
export function detector(
  entity: string,
  pattern: string,
  confidence: number,
  {
    check = () => true,
    ...more
  }: { readonly check?: (candidate: string) => boolean; readonly symbolsMax?: number } = {},
): Detector {
  const judge = (candidate: string) => (check(candidate) ? { length: candidate.length, confidence } : undefined);
  return { entity, program: compilePattern(pattern, false), judge, ...more };
}
