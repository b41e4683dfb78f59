import { z } from 'zod';

/** Longest slug, in characters; the shortest has three. */
export const SLUG_CHARS_MAX = 48;

/** 3–48 characters of lower-case ASCII, a letter first, no double and no closing hyphen: nothing that looks like another slug. */
const SLUG = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,46}[a-z0-9]$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What an organisation may not be called, since it means something in addresses, host names, mail or the product itself. */
const RESERVED = new Set(
  `api auth admin platform health internal trueportai-services static assets docs well-known openapi console www mail smtp imap pop
   ns1 ns2 ftp autoconfig autodiscover postmaster hostmaster webmaster abuse security support billing status turnpike global service
   me new null undefined default system root owner test prod`
    .split(/\s+/)
    .filter(Boolean),
);

/** Why a slug cannot be anybody's, or `undefined` where it can. */
export function slugFault(slug: string): 'invalid' | 'reserved' | undefined {
  if (RESERVED.has(slug)) return 'reserved';
  return SLUG.test(slug) && !UUID.test(slug) ? undefined : 'invalid';
}

/** A slug made from a name: accents dropped, whatever else is not ASCII left out. `undefined` where too little remains. */
export function slugFromName(name: string): string | undefined {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+/g, '')
    .slice(0, SLUG_CHARS_MAX)
    .replaceAll(/-+$/g, '');
  return slugFault(plain) === 'invalid' ? undefined : plain;
}

/** The `number`th alternative to a slug that is taken or reserved. */
export function numberedSlug(slug: string, number: number): string {
  const ending = `-${number}`;
  return slug.slice(0, SLUG_CHARS_MAX - ending.length).replace(/-+$/, '') + ending;
}

/** A slug as a caller chooses it; upper case is lowered, anything else that breaks the rule is refused. */
export const chosenSlug = z
  .string()
  .trim()
  .toLowerCase()
  .max(SLUG_CHARS_MAX)
  .refine(
    (slug) => slugFault(slug) !== 'invalid',
    'Must be 3–48 of a–z, 0–9 and single hyphens, a letter first and no UUID',
  )
  .refine((slug) => slugFault(slug) !== 'reserved', 'Is reserved')
  .meta({
    description: '3–48 of a–z, 0–9 and single hyphens, a letter first; some words are reserved.',
    example: 'acme',
  });
