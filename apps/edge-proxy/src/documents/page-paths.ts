/** The paths that `createPages` answers. */
export const PAGE_PATHS = [
  '/openapi.json',
  '/docs',
  '/docs/errors',
  '/docs/page.css',
  '/docs/before.js',
  '/docs/scalar.js',
  '/docs/page.js',
] as const;
