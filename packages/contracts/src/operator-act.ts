import { lineOfText } from './line-of-text.ts';

/** Longest reason of an operator's act, in characters. */
export const REASON_CHARS_MAX = 500;

/** Why an operator acts, in the body of every act. */
export const operatorReason = lineOfText(REASON_CHARS_MAX)
  .optional()
  .describe('Why, for the audit trail. A person has to give one (422); a programme with an admin key may.');
