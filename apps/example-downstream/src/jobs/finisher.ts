import { z } from 'zod';
import { startPollLoop, type Logger, type PollLoop } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { render } from '../domain/render.ts';

/** Scenes finished per round. */
const BATCH_MAX = 20;
/** How often the tables are polled when nobody calls `kick`, in milliseconds. */
const POLL_MS = 1_000;

/** Idle until it is started; `kick` after something was taken on. */
export interface Finisher extends PollLoop {
  start(): void;
}

const pending = z.object({ id: z.string(), query: z.string(), preset: z.string(), generate_image: z.boolean() });

/**
 * Finishes what was taken on in the background. The table is the queue, so what a stopped process left is finished
 * by the next one, and any number of processes may work on one database.
 */
export function createFinisher(database: Database, logger: Logger): Finisher {
  let loop: PollLoop | undefined;

  async function finishScenes(): Promise<number> {
    return database.transaction(async (db) => {
      const rows = await db.many(pending)`
        SELECT id, query, preset, generate_image FROM timepoint WHERE status = 'processing'
         ORDER BY id LIMIT ${BATCH_MAX}::int FOR UPDATE SKIP LOCKED`;
      for (const row of rows) {
        const scene = render({ query: row.query, preset: row.preset, generateImage: row.generate_image });
        await db.prisma.$executeRaw`
          UPDATE timepoint SET status = 'completed', title = ${scene.title}, slug = ${scene.slug}, year = ${scene.year}::int,
            scene = ${scene.scene}, image_url = ${scene.imageUrl}, completed_at = clock_timestamp() WHERE id = ${row.id}::uuid`;
      }
      return rows.length;
    });
  }

  function finishMoments(): Promise<number> {
    return database.prisma.$executeRaw`
      UPDATE moment SET status = 'completed' WHERE id IN (
        SELECT id FROM moment WHERE status = 'processing' ORDER BY id LIMIT ${BATCH_MAX}::int FOR UPDATE SKIP LOCKED)`;
  }

  return {
    start() {
      loop = startPollLoop({
        name: 'background rendering',
        everyMs: POLL_MS,
        logger,
        round: async () => Math.max(await finishScenes(), await finishMoments()) === BATCH_MAX,
      });
    },
    kick: () => loop?.kick(),
    close: async () => loop?.close(),
  };
}
