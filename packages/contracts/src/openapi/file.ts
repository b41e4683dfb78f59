import { firstPartyEndpoints } from '../endpoints.ts';
import { buildOpenApi } from './document.ts';

/** Version of the HTTP contract, in the document's `info`. */
export const CONTRACT_VERSION = '1.0.0';

/** Where the committed document lies. */
export const OPENAPI_FILE = new URL('../../../../docs/openapi.json', import.meta.url);

/** The document's text, as it should be committed. */
export function openApiDocument(): string {
  const document = buildOpenApi({
    endpoints: firstPartyEndpoints,
    version: CONTRACT_VERSION,
    serverUrl: 'http://127.0.0.1:8080',
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}
