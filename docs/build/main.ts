import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';
import { repositoryRoot } from './repository.ts';

for (const [file, write] of Object.entries(generatedFiles)) writeFileSync(`${repositoryRoot}${file}`, write());
