export type { MigratedApp } from './apps.ts';
export { withDatabase } from './database-url.ts';
export { migrateAllServices, migrateService } from './migrate-service.ts';
