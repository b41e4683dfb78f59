import type { PasswordStage } from './people.ts';

/** What a mail for a new password holds. */
export interface ResetMail {
  readonly link: string;
  readonly token: string;
  readonly code: string;
}

/** Asks for a new password, and reads the mail that comes as the `mailsMin`th. */
export async function askForReset(stage: PasswordStage, email: string, mailsMin: number): Promise<ResetMail> {
  const answer = await stage.post('forgot-password', { email });
  if (answer.status !== 200) throw new Error(`no reset: ${answer.status} ${JSON.stringify(answer.body)}`);
  const link = linkIn(await stage.mailTo(email, mailsMin));
  return { link, token: link.replace(/^.*#token=/, ''), code: await stage.mailbox.codeFor(email, mailsMin) };
}

/** The link of a mail as it was sent (quoted-printable); empty where there is none. */
export function linkIn(mail: string): string {
  const text = mail.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
  return /https:\/\/app\.example\.com\/reset-password#token=[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? '';
}
