export { freePort } from './process/free-port.ts';
export { startNodeService } from './process/node-service.ts';
export { StackError } from './stack-error.ts';
export { startStack } from './stack.ts';
export type { Stack } from './stack.ts';
export { findRedis } from './stores/find-redis.ts';
export { startPostgres } from './stores/postgres.ts';
export type { RunningStore } from './stores/postgres.ts';
export { startRedis } from './stores/redis.ts';
