export { freePort } from './process/free-port.ts';
export { startNodeService } from './process/node-service.ts';
export type { NodeService } from './process/node-service.ts';
export { findRedis } from './stores/find-redis.ts';
export { startPostgres } from './stores/postgres.ts';
export type { RunningStore } from './stores/postgres.ts';
export { startRedis } from './stores/redis.ts';
