import { z } from 'zod';
import { eventQueueName, EVENTS } from '@turnpike/contracts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/events.md`. */
export function eventsPage(): string {
  return page(
    'Events',
    'What services tell each other. An event leaves through the outbox table of its producer, in the same transaction as the change, and arrives at least once in the BullMQ queue of each consumer; a consumer remembers the `id` of what it has handled. Around each payload: `id`, `type`, `payload`, and `created_at` by the clock of the producer’s database.',
    ...Object.entries(EVENTS).flatMap(([type, { meaning, producers, consumers, payload }]) => [
      `## ${type}`,
      meaning,
      `From ${producers.join(', ')} to ${consumers.map((name) => `${name} (queue \`${eventQueueName(name)}\`)`).join(', ')}.`,
      table(['Member', 'Type', 'Meaning', 'Optional'], membersOf(payload)),
    ]),
  );
}

type JsonSchema = z.core.JSONSchema._JSONSchema;

function membersOf(payload: z.ZodType): string[][] {
  const shape = z.toJSONSchema(payload, { io: 'input', unrepresentable: 'any' });
  const typeOf = (schema: JsonSchema): string => {
    if (typeof schema === 'boolean') return 'any';
    const named = schema.$ref === undefined ? undefined : shape.$defs?.[schema.$ref.replace('#/$defs/', '')];
    if (named !== undefined) return typeOf(named);
    return schema.anyOf?.map(typeOf).join(' or ') ?? schema.format ?? String(schema.type ?? 'any');
  };
  return Object.entries(shape.properties ?? {}).map(([name, member]) => {
    const { description = '' } = typeof member === 'object' ? member : {};
    return [code(name), typeOf(member), description, shape.required?.includes(name) === true ? '' : 'yes'];
  });
}
