import { emailOrNone } from '@turnpike/contracts';

/** What Apple tells of a person: https://developer.apple.com/documentation/signinwithapple/processing-changes-for-sign-in-with-apple-accounts */
export type AppleEvent =
  | { readonly kind: 'consent-revoked' | 'account-deleted'; readonly subject: string }
  | { readonly kind: 'email'; readonly subject: string; readonly email: string; readonly delivered: boolean }
  | { readonly kind: 'unknown'; readonly type: string };

/** A notification: its id, until when it can be sent again, and what it tells. */
export interface AppleNotification {
  readonly id: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly events: readonly AppleEvent[];
}

/** Most events read from one notification; Apple sends one. */
const EVENTS_MAX = 20;

/** Reads the claims of a verified notification; `undefined` where they are not those of one (an identity token, for example). */
export function readAppleNotification(claims: Readonly<Record<string, unknown>>): AppleNotification | undefined {
  const { jti, exp, events } = claims;
  const parsed = typeof events === 'string' ? parse(events) : events;
  if (typeof jti !== 'string' || jti === '' || typeof exp !== 'number' || typeof parsed !== 'object' || parsed === null)
    return undefined;
  const listed: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return { id: jti, expiresAt: exp, events: listed.slice(0, EVENTS_MAX).map(readEvent) };
}

function readEvent(value: unknown): AppleEvent {
  const { type, sub, email } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const address = emailOrNone(email);
  const unknown = { kind: 'unknown', type: typeof type === 'string' ? type.slice(0, 64) : 'none' } as const;
  if (typeof sub !== 'string' || sub === '') return unknown;
  switch (type) {
    case 'consent-revoked':
      return { kind: 'consent-revoked', subject: sub };
    // Apple's pages use both spellings.
    case 'account-delete':
    case 'account-deleted':
      return { kind: 'account-deleted', subject: sub };
    case 'email-enabled':
    case 'email-disabled':
      return address === undefined
        ? unknown
        : { kind: 'email', subject: sub, email: address, delivered: type === 'email-enabled' };
    default:
      return unknown;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
