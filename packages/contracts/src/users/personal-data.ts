import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';

/** Services that hold personal data and take part in erasure and export; `users` itself orchestrates. */
export type PersonalDataOwner = 'auth' | 'credits' | 'usage' | 'llm';

/** `POST /internal/<service>/erasures`: erase or anonymise all that a service holds about a person. Safe to repeat. */
export function erasureEndpoint<const O extends PersonalDataOwner>(owner: O) {
  return defineEndpoint({
    id: `${owner}.erase`,
    owner,
    family: 'internal',
    method: 'POST',
    path: `/internal/${owner}/erasures`,
    access: 'service',
    summary: `Erase a person's data in ${owner}`,
    description: 'Idempotent: repeating it, also for a person already erased or never seen, answers 200.',
    body: z.object({ user_id: field.id, receipt_id: field.id.describe('The erasure this call is a step of.') }),
    responses: {
      200: z.object({
        erased: z.record(z.string(), z.number().int().nonnegative()).describe('Rows erased or anonymised, by table.'),
      }),
    },
    errors: ['request.invalid', 'service.unavailable'],
  });
}

/**
 * `GET /internal/<service>/export`: one JSON object, possibly streamed, whose members are sections of the person's
 * export. Section names are unique across services.
 */
export function exportEndpoint<const O extends PersonalDataOwner>(owner: O) {
  return defineEndpoint({
    id: `${owner}.export`,
    owner,
    family: 'internal',
    method: 'GET',
    path: `/internal/${owner}/export`,
    access: 'service',
    summary: `A person's data in ${owner}`,
    query: z.object({ user_id: field.id }),
    responses: { 200: z.record(z.string(), z.unknown()) },
    errors: ['request.invalid', 'service.unavailable'],
  });
}
