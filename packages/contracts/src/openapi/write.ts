import { writeFileSync } from 'node:fs';
import { openApiDocument, OPENAPI_FILE } from './file.ts';

writeFileSync(OPENAPI_FILE, openApiDocument());
