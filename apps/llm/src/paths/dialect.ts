import type { StreamDialect } from '@turnpike/policies';

/** In which shape an answer says what it used, and its stream. */
export type Dialect =
  | 'openai.chat'
  | 'openai.responses'
  | 'openai.plain'
  | 'anthropic'
  | 'gemini'
  | 'google.interactions'
  | 'google.predict';

/**
 * In which shape a stream brings its texts. Transcriptions stream in the form of responses; other answers in the style of OpenAI have no texts of
 * their own form, and images come in no stream.
 */
export function streamDialect(dialect: Dialect): StreamDialect {
  if (dialect === 'google.predict') return 'gemini';
  return dialect === 'openai.plain' ? 'openai.responses' : dialect;
}
