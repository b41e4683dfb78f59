import { z } from 'zod';

/** A flag in a query, where everything is text: `true` or `false` and nothing else. */
export const queryFlag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
);
