import {
  createOrganisationConfig as createConfig,
  type InternalClient,
  type Logger,
  type OrganisationConfig as ConfigOf,
} from '@turnpike/service-kit';

/** The keys of the configuration that auth acts by. */
const KEYS = [
  'keys.rate_limit_per_minute',
  'keys.expire_after_days_max',
  'invites.expire_after_days',
  'members.max',
  'security.sign_in_methods',
  'alerts.email',
  'alerts.webhook_url',
  'alerts.webhook_secret',
  'branding.name',
  'branding.support_email',
] as const;

export type OrganisationConfig = ConfigOf<(typeof KEYS)[number]>;

/** What is in force for organisations of what auth acts by. */
export function createOrganisationConfig(users: InternalClient, redisUrl: string, logger: Logger): OrganisationConfig {
  return createConfig({ users, keys: KEYS, redisUrl, logger });
}
