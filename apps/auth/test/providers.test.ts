import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { appleConnectionTests } from './providers/apple-connection.ts';
import { identityTokenTests } from './providers/identity-token.ts';
import { providerKeysTests } from './providers/provider-keys.ts';
import { providerOutagesTests } from './providers/provider-outages.ts';
import { providersThroughTheEdgeTests } from './providers/providers-through-the-edge.ts';

inOneFile({
  'apple connection': appleConnectionTests,
  'identity token': identityTokenTests,
  'provider keys': providerKeysTests,
  'provider outages': providerOutagesTests,
  'providers through the edge': providersThroughTheEdgeTests,
});
