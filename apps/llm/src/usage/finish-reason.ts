import type { Dialect } from '../paths/dialect.ts';
import { object } from './reported.ts';

/** Which member says why a model stopped; of responses `reasonOf` reads it. */
const MEMBERS: Readonly<Partial<Record<Dialect, string>>> = {
  'openai.chat': '"finish_reason"',
  anthropic: '"stop_reason"',
  gemini: '"finishReason"',
};
const VALUE = /^\s*:\s*"(\w{1,64})"/;
/** Characters behind a name in which its value is looked for. */
const VALUE_CHARS = 80;

/**
 * Why a model stopped, by an answer or an event of its stream, one character for each byte if need be; `undefined` where that is not in it. A name in the text
 * of a model cannot be taken for the member, as its quotes are escaped.
 */
export function finishReasonIn(dialect: Dialect, text: Buffer | string): string | undefined {
  const name = MEMBERS[dialect];
  if (name === undefined) return undefined;
  for (let at = text.lastIndexOf(name); at !== -1; at = at === 0 ? -1 : text.lastIndexOf(name, at - 1)) {
    const start = at + name.length;
    const value = VALUE.exec(String(text.slice(start, start + VALUE_CHARS)))?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Why a response of OpenAI's ended: why it was cut short, or its status. */
export function reasonOf(status: unknown, incomplete: unknown): string | undefined {
  const { reason } = object(incomplete);
  if (typeof reason === 'string') return reason;
  return typeof status === 'string' ? status : undefined;
}
