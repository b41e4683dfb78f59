import { checkAvailability, numberedSlug, slugFault, slugFromName } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { takenSlugs } from '../stores/organisations.ts';

/** Alternatives that are looked at for a suggestion. */
const ALTERNATIVES = 20;

export const checkAvailabilityRoute = ({ clock, database }: Context) =>
  route(checkAvailability, async ({ query }) => {
    const slug = query.slug ?? slugFromName(query.name ?? '');
    if (slug === undefined)
      return { status: 200, body: { slug: null, available: false, reason: 'invalid', suggestion: null } };
    const fault = slugFault(slug);
    if (fault === 'invalid') {
      const suggestion = slugFromName(slug) ?? null;
      return { status: 200, body: { slug, available: false, reason: fault, suggestion } };
    }
    const alternatives = Array.from({ length: ALTERNATIVES }, (_, index) => numberedSlug(slug, index + 2));
    const taken = await takenSlugs(database, [slug, ...alternatives], new Date(clock.nowMs()));
    if (fault === undefined && !taken.has(slug))
      return { status: 200, body: { slug, available: true, reason: null, suggestion: null } };
    const suggestion = alternatives.find((alternative) => !taken.has(alternative)) ?? null;
    return { status: 200, body: { slug, available: false, reason: fault ?? 'taken', suggestion } };
  });
