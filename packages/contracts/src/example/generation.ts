import { z } from 'zod';

/** Longest prompt, in characters. */
const QUERY_CHARS_MAX = 2_000;
/** Longest pause that `simulate.slow_ms` may ask for, in milliseconds. */
const SLOW_MS_MAX = 120_000;

/**
 * How the example shall misbehave on this request, for trying out the gateway's handling of faults. Heeded only where the example runs
 * with `EXAMPLE_SIMULATE=true`, and ignored like any unknown member otherwise.
 */
const simulation = z.object({
  error: z.number().int().min(400).max(599).optional().describe('Answer with this status instead.'),
  slow_ms: z
    .number()
    .int()
    .min(0)
    .max(SLOW_MS_MAX)
    .optional()
    .describe('Wait before answering; on a stream, before each event.'),
  truncate: z.boolean().optional().describe('Break the connection off in the middle of the response.'),
  cost: z
    .number()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Name this as the true cost, in credits, in `X-Credits-Cost`.'),
});
export type Simulation = z.output<typeof simulation>;

/** What every route that makes something takes. */
export const generateBody = z.object({
  query: z.string().trim().min(1).max(QUERY_CHARS_MAX).describe(`What to render, 1–${QUERY_CHARS_MAX} characters.`),
  preset: z.string().min(1).max(64).default('balanced').describe('Quality: balanced, hd, hyper or gemini3.'),
  generate_image: z.boolean().default(false),
  simulate: simulation.optional(),
});

/** A job taken on: its result appears under `id` (and `path`, for moments) when it is done. */
export const jobAccepted = z.object({
  id: z.uuid(),
  status: z.literal('processing'),
  message: z.string(),
});

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number().int().nonnegative(),
    limit: z.number().int(),
    offset: z.number().int(),
  });
}
