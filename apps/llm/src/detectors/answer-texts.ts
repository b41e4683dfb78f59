import { jsonTexts, streamTexts, UnreadableJson } from '@turnpike/policies';
import { streamDialect, type Dialect } from '../paths/dialect.ts';
import { EventSplitter } from '../usage/event-splitter.ts';
import type { AskedText } from './detector-client.ts';

/** The texts of an answer; `undefined` where it cannot be read. What is no text, such as audio, has none. */
export function answerTexts(answer: Buffer, mediaType: string, dialect: Dialect): AskedText[] | undefined {
  try {
    if (/^text\/event-stream\b/i.test(mediaType)) {
      const splitter = new EventSplitter();
      const events = [...splitter.push(answer), splitter.rest()];
      const texts = streamTexts(events, streamDialect(dialect));
      return Array.from(texts, ([channel, text]) => ({ location: `stream ${channel.trim()}`, text }));
    }
    if (/^application\/json\b/i.test(mediaType))
      return Array.from(jsonTexts(answer.toString()), ({ location, text }) => ({ location, text }));
    return /^text\//i.test(mediaType) ? [{ location: '', text: answer.toString() }] : [];
  } catch (error) {
    if (error instanceof UnreadableJson || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
