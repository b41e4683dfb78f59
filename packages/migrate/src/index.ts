export type { MigratedApp } from './apps.ts';
export { openClient, withClient } from './client.ts';
export { databaseOf, migratedApps } from './apps.ts';
export { EarlierDatabaseError } from './earlier-database.ts';
export { withDatabase, withLogin } from './database-url.ts';
export { migrateAllServices, migrateService } from './migrate-service.ts';
export { pendingMigrations } from './pending-migrations.ts';
