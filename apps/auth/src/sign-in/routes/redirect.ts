/** Redirects of a sign-in carry codes in their addresses: no page they lead to may pass one on. */
export const REDIRECT_HEADERS = { 'Referrer-Policy': 'no-referrer' } as const;

/** An allowed address with parameters added, otherwise left exactly as it was registered. */
export function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const added = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) added.set(name, value);
  return `${uri}${uri.includes('?') ? '&' : '?'}${added.toString()}`;
}
