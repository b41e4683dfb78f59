export { isMigratedApp, migratedApps } from './apps.ts';
export type { MigratedApp } from './apps.ts';
export { withDatabase } from './database-url.ts';
export { migrateService } from './migrate-service.ts';
