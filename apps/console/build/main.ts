import { buildPages } from './build-pages.ts';
import { digestOfSources, isBuilt, noteBuilt } from './sources.ts';

/** `pnpm --filter @turnpike/console build`: the pages, unless they are there and nothing they are made of has changed. */
// Vite would make pages for development of what a shell or a test runner says.
process.env['NODE_ENV'] = 'production';
const digest = digestOfSources();
if (!isBuilt(digest) || process.argv.includes('--force')) {
  await buildPages();
  noteBuilt(digest);
}
