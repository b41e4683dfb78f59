/** What runs one server or service, without the stack around it: for tests and benches, which load no more than they use. */
export { FREE_PORTS, ownNginxFolder, ownPostgresFolder, ownRedisFolder } from './config.ts';
export { takeLock } from './lock.ts';
export { freePort } from './process/free-port.ts';
export { COMPILE_CACHE, startNodeService } from './process/node-service.ts';
export { buildConsole } from './services/build-console.ts';
export { findOnPath, isExecutable } from './stores/command.ts';
export { canFetchPackages, fetchPackages } from './stores/debian-packages.ts';
export { findRedis } from './stores/find-redis.ts';
export { startPostgres } from './stores/postgres.ts';
export type { RunningStore } from './stores/postgres.ts';
export type { PostgresBinaries } from './stores/postgres-binaries.ts';
export { startRedis } from './stores/redis.ts';
