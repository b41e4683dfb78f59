import { buildPages } from './build-pages.ts';
import { digestOfSources, isBuilt, noteBuilt } from './sources.ts';
import { takeTurn } from './take-turn.ts';

/** `pnpm --filter @turnpike/console build`: the pages, unless they are there and nothing they are made of has changed. */
// Vite would make pages for development of what a shell or a test runner says.
process.env['NODE_ENV'] = 'production';
const endTurn = takeTurn();
const digest = digestOfSources();
if (!isBuilt(digest) || process.argv.includes('--force')) {
  await buildPages();
  noteBuilt(digest);
}
endTurn();
