import type { Context } from '../context.ts';
import { ownersOf } from './stores/owners.ts';

/** Who is mailed of an organisation, and what it is called. */
export interface ToldOf {
  readonly name: string;
  /** `id` names the recipient among those of the organisation. */
  readonly recipients: readonly { readonly id: string; readonly email: string }[];
}

/** The owners of an organisation, and the address that it named for mails to them; that one is left out while the configuration does not answer. */
export async function toldOf(
  { database, logger, organisationConfig }: Pick<Context, 'database' | 'logger' | 'organisationConfig'>,
  organisationId: string,
): Promise<ToldOf> {
  const { name, owners } = await ownersOf(database, organisationId);
  const recipients = owners.map(({ userId, email }) => ({ id: userId, email }));
  try {
    const { 'alerts.email': email } = await organisationConfig.of(organisationId);
    const isNew = email !== null && owners.every((owner) => owner.email.toLowerCase() !== email.toLowerCase());
    return { name, recipients: isNew ? [...recipients, { id: 'alerts', email }] : recipients };
  } catch (err) {
    logger.warn({ err, organisationId }, 'owners alone are mailed: the configuration did not answer');
    return { name, recipients };
  }
}
