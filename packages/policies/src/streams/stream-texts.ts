import { jsonTexts } from '../bodies/text-places.ts';
import { StreamEvent } from './event.ts';
import { slotOf, type StreamDialect } from './slots.ts';

/** The texts that a whole stream of events brought in pieces, put together, each under its name. Throws `UnreadableJson` and `SyntaxError`. */
export function streamTexts(events: readonly Buffer[], dialect: StreamDialect): Map<string, string> {
  const texts = new Map<string, string>();
  for (const bytes of events) {
    const { data } = new StreamEvent(bytes);
    if (data.trim() === '' || data.trim() === '[DONE]') continue;
    const parsed: unknown = JSON.parse(data);
    for (const { path, text } of jsonTexts(data)) {
      const slot = slotOf(dialect, parsed, path);
      if (slot !== undefined) texts.set(slot.channel, (texts.get(slot.channel) ?? '') + text);
    }
  }
  return texts;
}
