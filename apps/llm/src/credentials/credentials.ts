import type { LlmProvider } from '@turnpike/contracts';
import type { OrganisationConfig } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import type { Credential } from './credential.ts';
import { operatorPlaces } from './operator-places.ts';

/** Finds the credential of a call. */
export interface Credentials {
  /**
   * `resource`: Azure's, which is part of the path. An organisation that keeps a key of its own is called with that one and no other. Throws 503
   * where it is not known whether it does.
   */
  find(
    provider: LlmProvider,
    resource: string | undefined,
    organisationId: string | undefined,
  ): Promise<Credential | undefined>;
}

/** Where the configuration has the key of each provider: the operators' and those of organisations. */
const KEY_OF = {
  openai: 'providers.openai.api_key',
  anthropic: 'providers.anthropic.api_key',
  google: 'providers.google.api_key',
  azure: 'providers.azure.api_key',
} as const satisfies Readonly<Record<LlmProvider, string>>;

/** Stands in the ids of organisations' own credentials, between the place and the organisation. */
const OWN = '@';

/** Whether a credential is an organisation's own, by its id. */
export function isOwnCredential(id: string): boolean {
  return id.includes(OWN);
}

export const CREDENTIAL_KEYS = Object.values(KEY_OF);

type Values = Pick<OrganisationConfig<(typeof CREDENTIAL_KEYS)[number]>, 'of'>;

/** The credentials that the operator's settings and the configuration name. */
export function createCredentials(config: Config, values: Values): Credentials {
  const placeOf = operatorPlaces(config);
  return {
    async find(provider, resource, organisationId) {
      const place = placeOf(provider, resource);
      if (place === undefined) return undefined;
      const { secret, ...where } = place;
      const key = KEY_OF[provider];
      if (organisationId === undefined) {
        // What operators configured instead of their settings is theirs as well, so calls go on with the settings while nobody can tell.
        const known = await values.of().catch(() => undefined);
        return shared(where, known?.[key] ?? secret);
      }
      const [everybodys, inForce] = await Promise.all([values.of(), values.of(organisationId)]);
      if (inForce[key] === null || inForce[key] === everybodys[key]) return shared(where, everybodys[key] ?? secret);
      // Who is billed at the vendor is said by the key alone.
      const { organization: _organization, project: _project, ...own } = where;
      return { ...own, id: place.id + OWN + organisationId, secret: inForce[key], shared: false };
    },
  };
}

function shared(where: Omit<Credential, 'secret' | 'shared'>, secret: string | undefined): Credential | undefined {
  return secret === undefined ? undefined : { ...where, secret, shared: true };
}
