import { writeFileSync } from 'node:fs';
import { openApiDocument, OPENAPI_FILE } from './openapi-file.ts';

writeFileSync(OPENAPI_FILE, openApiDocument());
