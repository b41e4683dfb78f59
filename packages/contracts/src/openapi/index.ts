export { buildOpenApi, type OpenApiOptions } from './document.ts';
export { escapedPointer, placesOf, type Place, type PlacedOperation } from './places.ts';
export { CONTRACT_VERSION } from './file.ts';
export { proxiedPaths, type ProxiedRoute } from './proxied.ts';
