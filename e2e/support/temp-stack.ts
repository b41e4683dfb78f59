import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Turnpike } from '@turnpike/client';
import { startStack } from '@turnpike/local-stack';
import type { Stack } from '@turnpike/local-stack';
import { FREE_PORTS } from '@turnpike/local-stack/servers';
import { bundled, makeDataFolder, SHORT_LIVED_FLAGS } from '@turnpike/test-kit';
import { visitorAt } from './callers.ts';

/** Limits that a test does not meet by accident. */
const generousLimits = JSON.stringify({
  free: { per_minute: 10_000, per_day: 100_000 },
  anonymous: { per_minute: 10_000 },
});

/** The environment of a stack of one's own in `dataDir`: nothing of the machine's settings but the way to its programs. */
export function stackEnvironment(dataDir: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATA_DIR: dataDir,
    ...FREE_PORTS,
    // A start beside others on a busy machine may wait long for its first connection.
    DATABASE_TIMEOUT_MS: '30000',
    // Nor is a neighbour unavailable that only waits for its turn.
    AUTH_TIMEOUT_MS: '20000',
    CREDITS_TIMEOUT_MS: '20000',
    REDIS_TIMEOUT_MS: '5000',
    LEDGER_WAIT_MS_MAX: '20000',
    SETTLE_WAIT_MS: '20000',
    // Its pages take seconds to build, and most tests look at none.
    CONSOLE: 'off',
    RATE_LIMIT_TIERS: generousLimits,
    ...more,
  };
}

/** A new folder for a stack; PostgreSQL's own user must be able to pass through it. */
export async function tempDataDir(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const folder = await makeDataFolder();
  return { dataDir: path.join(folder, 'data'), remove: async () => await rm(folder, { recursive: true, force: true }) };
}

/** A running stack with an empty data folder, which goes when the stack goes. */
export interface TempStack {
  stack: Stack;
  /** A client of the stack's edge that is nobody. */
  visitor: Turnpike;
  dispose: () => Promise<void>;
}

/** Starts the whole stack as `pnpm start` does, with each service in one file. */
export async function startTempStack(more: Readonly<Record<string, string>> = {}): Promise<TempStack> {
  const { dataDir, remove } = await tempDataDir();
  try {
    const stack = await startStack({
      environment: stackEnvironment(dataDir, more),
      programOf: bundled,
      nodeFlags: SHORT_LIVED_FLAGS,
    });
    const dispose = async (): Promise<void> => {
      await stack.stop();
      await remove();
    };
    return { stack, visitor: visitorAt(stack.info.edge_url), dispose };
  } catch (error) {
    await remove();
    throw error;
  }
}
