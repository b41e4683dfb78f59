import { envExample } from './env-example.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { metricsPage } from './metrics-page.ts';
import { retentionPage } from './retention-page.ts';
import { routesFileJsonSchema, routesFilePage } from './routes-file.ts';
import { settingsPage } from './settings-page.ts';

/** Every file that is written from the sources, by its path from the root of the repository. */
export const generatedFiles: Readonly<Record<string, () => string>> = {
  '.env.example': envExample,
  'docs/reference/settings.md': settingsPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/events.md': eventsPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/retention.md': retentionPage,
  'docs/reference/routes-file.md': routesFilePage,
  'apps/edge-proxy/routes.schema.json': routesFileJsonSchema,
};
