import { z } from 'zod';
import type { LlmProvider } from '@turnpike/contracts';
import type { Operation } from './classify.ts';
import type { Dialect } from './dialect.ts';

/** Providers whose paths an operator may open: Azure's begin with a resource, which is another matter. */
const DIALECTS = { openai: 'openai.plain', anthropic: 'anthropic', google: 'gemini' } as const satisfies Partial<
  Record<LlmProvider, Dialect>
>;

/** A path that an operator opens beside those that are offered. */
export const extraPath = z.strictObject({
  provider: z.enum(['openai', 'anthropic', 'google']),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z
    .string()
    .regex(
      /^v1[a-z0-9]*(?:\/(?:[\w.:-]+|\*))+$/,
      'must begin with a version, such as v1/things/*, with a star for one segment',
    ),
  class: z.enum(['tokens', 'free']),
});
export type ExtraPath = z.output<typeof extraPath>;

const SEGMENT = /^[\w.:-]+$/;

/** What a request is by the paths that an operator has opened; `undefined` where it is none of them. */
export function extraOperation(
  paths: readonly ExtraPath[],
  provider: LlmProvider,
  method: string,
  path: string,
): Operation | undefined {
  const segments = path.replace(/^(?:v1\/)+/, 'v1/').split('/');
  const found = paths.find(
    (each) => each.provider === provider && each.method === method && isLike(segments, each.path.split('/')),
  );
  if (found === undefined) return undefined;
  return {
    endpoint: 'extra',
    treatment: found.class === 'free' ? 'free' : 'metered',
    dialect: DIALECTS[found.provider],
    model: found.class === 'free' ? { from: 'none' } : { from: 'body' },
    upstreamPath: `/${segments.join('/')}`,
  };
}

function isLike(segments: readonly string[], pattern: readonly string[]): boolean {
  if (segments.length !== pattern.length) return false;
  return segments.every((segment, index) => {
    const wanted = pattern[index];
    return segment === wanted || (wanted === '*' && SEGMENT.test(segment) && !/^\.{1,2}$/.test(segment));
  });
}
