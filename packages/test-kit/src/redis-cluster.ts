import { Redis } from 'ioredis';
import { startRedis, type OwnStore } from './own-stores.ts';
import { waitFor } from './wait-for.ts';

/** A Redis Cluster of three masters that share the slots. */
export interface RedisCluster {
  readonly nodes: readonly OwnStore[];
  /** The address of the node that holds a key. */
  urlOf(key: string): Promise<string>;
  /** Keys on each node. */
  keysPerNode(): Promise<number[]>;
  dispose(): Promise<void>;
}

const SLOTS = 16_384;
const NODES = 3;

export async function startRedisCluster(): Promise<RedisCluster> {
  // Each starts as a cluster of its own; they are introduced to each other once each has its third of the slots.
  const nodes: OwnStore[] = [];
  for (let node = 0; node < NODES; node += 1) nodes.push(await startRedis({ cluster: true }));
  const clients = nodes.map(({ url }) => new Redis(url));
  try {
    for (const [index, client] of clients.entries()) {
      await client.call('CLUSTER', 'FLUSHSLOTS');
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
      const first = Math.floor((SLOTS * index) / clients.length);
      const last = Math.floor((SLOTS * (index + 1)) / clients.length) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
    }
    const [seed] = clients;
    for (const [index, client] of clients.entries()) {
      if (index === 0) continue;
      const { hostname, port } = new URL(nodes[index]?.url ?? '');
      const [, busPort] = await client.config('GET', 'cluster-port');
      await seed?.call('CLUSTER', 'MEET', hostname, port, String(busPort));
    }
    await waitFor(async () => {
      const states = await Promise.all(clients.map((client) => client.cluster('INFO')));
      return states.every((state) => state.includes('cluster_state:ok') && state.includes('cluster_known_nodes:3'));
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    nodes,
    async urlOf(key) {
      const client = new Redis(nodes[0]?.url ?? '');
      const slot = await client.cluster('KEYSLOT', key);
      client.disconnect();
      return nodes.findLast((_node, index) => Math.floor((SLOTS * index) / nodes.length) <= slot)?.url ?? '';
    },
    async keysPerNode() {
      const counting = nodes.map(({ url }) => new Redis(url));
      const counts = await Promise.all(counting.map((client) => client.dbsize()));
      for (const client of counting) client.disconnect();
      return counts;
    },
    async dispose() {
      await Promise.all(nodes.map((node) => node.dispose()));
    },
  };
}
