import { createRequire } from 'node:module';
import path from 'node:path';
import type sequencer from '@jest/test-sequencer';

// Its types describe what `require` gives, and an import gives something else.
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof sequencer;

type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0];

/**
 * Jest's own order (failed, longest, largest first), but in three parts: the whole stack, the services, what starts none. So a run ends with many
 * short files, which the workers share evenly, instead of one long file that all the others wait for.
 */
export default class ServiceTestsFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const sorted = await super.sort(tests);
    return sorted.sort((left, right) => partOf(left) - partOf(right));
  }
}

function partOf({ path: file, context }: Tests[number]): number {
  const [folder = ''] = path.relative(context.config.rootDir, file).split(path.sep);
  if (folder === 'e2e') return 0;
  return folder === 'apps' && file.includes(`${path.sep}test${path.sep}`) ? 1 : 2;
}
