import type { MailContent } from '../mail-job.ts';
import { exportMail, policyMail, secondSubscriptionMail, storageMail, unpaidMail, type MailOf } from './owners.ts';
import { mailOf as pageOf, plainName, type Part, type RenderedMail } from './page.ts';

/** Who the mail is from, as its reader sees it. */
export interface Brand {
  readonly product: string;
  /** Where help is to be had; null for nowhere. */
  readonly supportEmail: string | null;
}

const NEVER_ASKED = 'Nobody from our side will ever ask you for it.';

/**
 * What a mail says; `undefined` for one that only stood in the queue. No subject holds a code, which servers log and locked screens show. A link
 * leads to a page where something must still be sent, since scanners open links.
 */
export function renderMail(mail: MailContent, { product, supportEmail }: Brand): RenderedMail | undefined {
  const mailOf: MailOf = (subject, parts) => pageOf(subject, [...parts, ...supportParts(supportEmail)]);
  switch (mail.template) {
    case 'sign_in_code':
      return mailOf(`Your sign-in code for ${product}`, [
        { paragraph: `Your sign-in code for ${product} is` },
        { code: mail.code },
        { paragraph: `It works once, within ${duration(mail.lifeSeconds)}.` },
        { aside: `${NEVER_ASKED} If you did not ask for a code, you can ignore this mail.` },
      ]);
    case 'registration':
      return mail.code === null
        ? mailOf(`You already have an account at ${product}`, [
            {
              paragraph: `Somebody, perhaps you, signed up to ${product} with this address. It has an account already.`,
            },
            {
              paragraph:
                'Sign in to it, or choose "forgot password" if you do not remember the password or never had one.',
            },
            { aside: 'If it was not you, you can ignore this mail: nothing has changed.' },
          ])
        : mailOf(`Confirm your address for ${product}`, [
            { paragraph: `Your code to finish signing up to ${product} is` },
            { code: mail.code },
            { paragraph: `It works once, within ${duration(mail.lifeSeconds)}, where you signed up.` },
            {
              aside: `${NEVER_ASKED} If you did not sign up, you can ignore this mail: without the code there is no account.`,
            },
          ]);
    case 'password_reset':
      return mail.reset === null
        ? undefined
        : mailOf(`Choose a new password for ${product}`, [
            { paragraph: `Your code to choose a new password for ${product} is` },
            { code: mail.reset.code },
            ...linkParts(mail.reset.link),
            { paragraph: `It works once, within ${duration(mail.lifeSeconds)}. All sessions of the account then end.` },
            {
              aside: `${NEVER_ASKED} If you did not ask for a new password, you can ignore this mail: the old one stays.`,
            },
          ]);
    case 'password_changed':
      return mailOf(`Your password for ${product} was changed`, [
        {
          paragraph: `The password of your account at ${product} was changed just now, and other sessions were ended.`,
        },
        ...keyParts(mail.keys),
        {
          paragraph:
            'If it was not you, choose a new password at once with "forgot password", and look at your API keys and sessions.',
        },
      ]);
    case 'payment_failed':
      return unpaidMail(mail, product, mailOf);
    case 'storage_failing':
      return storageMail(mail, product, mailOf);
    case 'export_failed':
      return exportMail(mail, product, mailOf);
    case 'second_subscription_ended':
      return secondSubscriptionMail(mail, product, mailOf);
    case 'policy_violated':
      return policyMail(mail, product, mailOf);
    case 'invite':
      return inviteMail(mail, product, mailOf);
  }
}

/** The names are strangers' choice; a subject holds none of them. */
function inviteMail(mail: Extract<MailContent, { template: 'invite' }>, product: string, mailOf: MailOf): RenderedMail {
  const inviter = plainName(mail.inviter) || 'Somebody';
  const organisation = plainName(mail.organisation) || 'an organisation';
  return mailOf(`You are invited to an organisation at ${product}`, [
    { paragraph: `${inviter} invites you to join ${organisation} at ${product} as ${mail.role}.` },
    { paragraph: 'link' in mail.invite ? 'To accept, open this page:' : 'To accept, enter this invite code:' },
    'link' in mail.invite ? mail.invite : { paragraph: mail.invite.code },
    { paragraph: `It works within ${duration(mail.lifeSeconds)}, for this address alone.` },
    { aside: 'If you do not want to join, you can ignore this mail: nothing happens.' },
  ]);
}

function supportParts(email: string | null): Part[] {
  return email === null ? [] : [{ aside: `If you need help, write to ${email}.` }];
}

function linkParts(link: string | null): Part[] {
  return link === null ? [] : [{ paragraph: 'Or open this page:' }, { link }];
}

function keyParts(keys: readonly { readonly name: string; readonly prefix: string }[]): Part[] {
  if (keys.length === 0) return [];
  return [
    { paragraph: 'These API keys still work:' },
    { list: keys.map(({ name, prefix }) => `${plainName(name)} (${prefix}…)`.trim()) },
  ];
}

function duration(seconds: number): string {
  const hours = Math.round(seconds / 3_600);
  if (hours > 48) return `${Math.round(hours / 24)} days`;
  return hours >= 2 ? `${hours} hours` : `${Math.round(seconds / 60)} minutes`;
}
