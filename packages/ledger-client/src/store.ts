import type { Cluster, Redis } from 'ioredis';

/** One Redis or a Redis Cluster. */
export type Store = Redis | Cluster;
