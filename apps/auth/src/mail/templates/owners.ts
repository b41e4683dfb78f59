import type { MailContent } from '../mail-job.ts';
import { plainName, type Part, type RenderedMail } from './page.ts';

/** Makes a mail of its parts, as all mails of this product are made. */
export type MailOf = (subject: string, parts: readonly Part[]) => RenderedMail;

type Mail<T extends MailContent['template']> = Extract<MailContent, { template: T }>;

const TO_OWNERS: Part = {
  aside: 'You get this mail as an owner of the organisation, or as whom it named for such mails.',
};

/** That a payment for the plan failed. */
export function unpaidMail(mail: Mail<'payment_failed'>, product: string, mailOf: MailOf): RenderedMail {
  const organisation = plainName(mail.organisation) || 'your organisation';
  const until = mail.keptUntil === null ? 'for some days' : `until ${mail.keptUntil.slice(0, 10)}`;
  return mailOf(`A payment for your plan at ${product} failed`, [
    {
      paragraph: `The plan ${mail.plan} of ${organisation} at ${product} is not paid: the last payment did not go through.`,
    },
    { paragraph: `It brings no new credits meanwhile, and keeps its limits ${until}.` },
    { paragraph: 'Sign in and open the billing portal of the organisation to pay the invoice or change the card.' },
    TO_OWNERS,
  ]);
}

/** That nothing can be written to the organisation's own store. */
export function storageMail(mail: Mail<'storage_failing'>, product: string, mailOf: MailOf): RenderedMail {
  const organisation = plainName(mail.organisation) || 'your organisation';
  return mailOf(`Records cannot be archived to your store at ${product}`, [
    {
      paragraph: `Since ${mail.since.slice(0, 16).replace('T', ' ')} (UTC) nothing can be written to the store that ${organisation} chose at ${product}: ${mail.reason}.`,
    },
    {
      paragraph:
        'Nothing is lost yet: what is missing is written once the store works again, as long as the records are kept.',
    },
    { paragraph: 'Look at the bucket and its access key, and try the store in the settings of the organisation.' },
    TO_OWNERS,
  ]);
}

/** That an export of the organisation's records could not be written. */
export function exportMail(mail: Mail<'export_failed'>, product: string, mailOf: MailOf): RenderedMail {
  const organisation = plainName(mail.organisation) || 'your organisation';
  return mailOf(`An export of your records at ${product} failed`, [
    {
      paragraph: `The export of ${organisation} that was asked for on ${mail.requestedAt.slice(0, 16).replace('T', ' ')} (UTC) at ${product} could not be written: ${mail.reason}.`,
    },
    { paragraph: 'The records themselves are not touched.' },
    {
      paragraph:
        'Try the store in the settings of the organisation and ask for the export again; where it was too_large, for a shorter time.',
    },
    TO_OWNERS,
  ]);
}

/** That a subscription which was paid beside the running one was ended. */
export function secondSubscriptionMail(
  mail: Mail<'second_subscription_ended'>,
  product: string,
  mailOf: MailOf,
): RenderedMail {
  const organisation = plainName(mail.organisation) || 'your organisation';
  const plan = mail.plan === null ? '' : ` to the plan ${mail.plan}`;
  return mailOf(`A second subscription at ${product} was ended`, [
    {
      paragraph: `${organisation} was subscribed twice at ${product}. The second subscription${plan} was ended at once; the first one runs on as it was.`,
    },
    { paragraph: 'What was paid for the second one is kept, and pays the next invoices of the organisation.' },
    TO_OWNERS,
  ]);
}

/** That a policy of the organisation found something grave. Of what was said there is nothing in a mail. */
export function policyMail(mail: Mail<'policy_violated'>, product: string, mailOf: MailOf): RenderedMail {
  const organisation = plainName(mail.organisation) || 'your organisation';
  const policy = plainName(mail.policy) || 'a policy';
  return mailOf(`A policy found something in your calls of language models at ${product}`, [
    {
      paragraph: `At ${mail.at.slice(0, 16).replace('T', ' ')} (UTC) the policy ${policy} of ${organisation} at ${product} was violated; what it found was ${mail.action}.`,
    },
    {
      paragraph:
        'Sign in and look at the violations of the organisation, which tell the key and the place. For an hour nothing more is mailed of this policy, however much it finds.',
    },
    TO_OWNERS,
  ]);
}
