import type { LlmProvider } from '@turnpike/contracts';
import type { Config } from '../config.ts';
import type { Credential } from './credential.ts';

/** Where a provider is called, and with which key where the operator's settings have one. Base URLs there are trusted. */
export interface Place extends Omit<Credential, 'secret' | 'shared'> {
  readonly secret: string | undefined;
}

/** The places that the operator's settings name. Of Azure only resources that stand there: a key is sent to no host that a caller chose. */
export function operatorPlaces(
  config: Config,
): (provider: LlmProvider, resource: string | undefined) => Place | undefined {
  const { AZURE_OPENAI_RESOURCES: resources } = config;
  const known = new Map<string, Place>();
  const add = (place: Place): void => void known.set(place.id, { ...place, baseUrl: trimmed(place.baseUrl) });
  add({
    id: 'openai',
    provider: 'openai',
    baseUrl: config.OPENAI_BASE_URL,
    secret: config.OPENAI_API_KEY,
    organization: config.OPENAI_ORGANIZATION,
    project: config.OPENAI_PROJECT,
  });
  add({
    id: 'anthropic',
    provider: 'anthropic',
    baseUrl: config.ANTHROPIC_BASE_URL,
    secret: config.ANTHROPIC_API_KEY,
  });
  add({ id: 'google', provider: 'google', baseUrl: config.GEMINI_BASE_URL, secret: config.GEMINI_API_KEY });
  for (const [resource, { base_url: baseUrl, api_key: secret, deployments }] of Object.entries(resources))
    add({
      id: `azure:${resource}`,
      provider: 'azure',
      baseUrl: baseUrl ?? `https://${resource}.openai.azure.com`,
      secret,
      deployments,
    });
  return (provider, resource) => known.get(provider === 'azure' ? `azure:${resource ?? ''}` : provider);
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}
