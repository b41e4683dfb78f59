import { accountEndpoints } from './account/index.ts';
import { authEndpoints } from './auth/index.ts';
import { creditsEndpoints } from './credits/index.ts';
import type { EndpointSpec } from './endpoint.ts';
import { llmEndpoints } from './llm/index.ts';
import { platformEndpoints } from './platform/index.ts';
import { usageEndpoints } from './usage/index.ts';
import { usersEndpoints } from './users/index.ts';

/** Every endpoint that the services behind the edge serve. The edge routes them; the OpenAPI document lists them. */
export const firstPartyEndpoints: readonly EndpointSpec[] = [
  ...authEndpoints,
  ...accountEndpoints,
  ...platformEndpoints,
  ...llmEndpoints,
  ...usersEndpoints,
  ...creditsEndpoints,
  ...usageEndpoints,
];
