import { startPollLoop, type Logger, type PollLoop, type SqlDatabase } from '@turnpike/service-kit';
import { render } from '../domain/render.ts';

/** Scenes finished per round. */
const BATCH_MAX = 20;
/** How often the tables are polled when nobody calls `kick`, in milliseconds. */
const POLL_MS = 1_000;

interface Pending {
  readonly id: string;
  readonly query: string;
  readonly preset: string;
  readonly generate_image: boolean;
}

/**
 * Finishes what was taken on in the background; `kick` after something was. The table is the queue, so what a stopped process left is finished
 * by the next one, and any number of processes may work on one database.
 */
export function startFinisher(database: SqlDatabase, logger: Logger): PollLoop {
  async function finishScenes(): Promise<number> {
    return database.transaction(async (query) => {
      const rows = await query<Pending>(
        "SELECT id, query, preset, generate_image FROM timepoint WHERE status = 'processing' ORDER BY id LIMIT $1::int FOR UPDATE SKIP LOCKED",
        BATCH_MAX,
      );
      for (const row of rows) {
        const scene = render({ query: row.query, preset: row.preset, generateImage: row.generate_image });
        await query(
          `UPDATE timepoint SET status = 'completed', title = $2, slug = $3, year = $4::int, scene = $5, image_url = $6,
             completed_at = clock_timestamp() WHERE id = $1::uuid`,
          row.id,
          scene.title,
          scene.slug,
          scene.year,
          scene.scene,
          scene.imageUrl,
        );
      }
      return rows.length;
    });
  }

  async function finishMoments(): Promise<number> {
    const rows = await database.query(
      `UPDATE moment SET status = 'completed' WHERE id IN (
         SELECT id FROM moment WHERE status = 'processing' ORDER BY id LIMIT $1::int FOR UPDATE SKIP LOCKED) RETURNING id`,
      BATCH_MAX,
    );
    return rows.length;
  }

  return startPollLoop({
    name: 'background rendering',
    everyMs: POLL_MS,
    logger,
    round: async () => Math.max(await finishScenes(), await finishMoments()) === BATCH_MAX,
  });
}
