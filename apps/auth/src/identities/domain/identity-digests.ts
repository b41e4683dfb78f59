import { createHmac } from 'node:crypto';
import { mailboxAddress } from '@turnpike/contracts';
import type { IdentityProfile } from '../../sign-in/domain/sign-in.ts';

/** What an identity is remembered by after its account is gone: provider and subject first, then the mailbox that it proved. */
export function identityDigests(
  key: Buffer,
  {
    provider,
    subject,
    email,
    emailVerified,
  }: Pick<IdentityProfile, 'provider' | 'subject' | 'email' | 'emailVerified'>,
): Buffer[] {
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const mailbox = emailVerified && email !== undefined ? [digest(`mailbox\n${untagged(email)}`)] : [];
  return [digest(`identity\n${provider}\n${subject}`), ...mailbox];
}

/** The mailbox behind a tagged address: `ada+news@example.com` is delivered to `ada@example.com` (RFC 5233). */
function untagged(email: string): string {
  return mailboxAddress(email).replace(/(?<=^[^@+]+)\+[^@]*(?=@)/, '');
}
