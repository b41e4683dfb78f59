import type { LlmProvider } from '@turnpike/contracts';
import type { Config } from '../config.ts';
import type { Credential } from './credential.ts';

/** Finds the credential of a call. `resource`: Azure's, which is part of the path. */
export interface Credentials {
  find(provider: LlmProvider, resource: string | undefined): Credential | undefined;
}

/** The credentials that the operator's settings name. Base URLs there are trusted. */
export function operatorCredentials(config: Config): Credentials {
  const { AZURE_OPENAI_RESOURCES: resources } = config;
  const known = new Map<string, Credential>();
  const add = (
    provider: LlmProvider,
    baseUrl: string,
    secret: string | undefined,
    more: Partial<Credential> = {},
  ): void => {
    const id = more.id ?? provider;
    if (secret !== undefined) known.set(id, { provider, baseUrl: trimmed(baseUrl), secret, shared: true, ...more, id });
  };
  add('openai', config.OPENAI_BASE_URL, config.OPENAI_API_KEY, {
    organization: config.OPENAI_ORGANIZATION,
    project: config.OPENAI_PROJECT,
  });
  add('anthropic', config.ANTHROPIC_BASE_URL, config.ANTHROPIC_API_KEY);
  add('google', config.GEMINI_BASE_URL, config.GEMINI_API_KEY);
  for (const [resource, { base_url: baseUrl, api_key: secret, deployments }] of Object.entries(resources))
    add('azure', baseUrl ?? `https://${resource}.openai.azure.com`, secret, { id: `azure:${resource}`, deployments });
  return {
    find: (provider, resource) => known.get(provider === 'azure' ? `azure:${resource ?? ''}` : provider),
  };
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}
