import { z } from 'zod';
import type { Database } from '../../database.ts';

const forgotten = z.object({ credential_id: z.string(), id: z.string(), kind: z.string() });
export type ForgottenObject = z.output<typeof forgotten>;
const age = z.object({ seconds: z.number() });

/** Takes up to `max` objects that are due, and leaves them to this process for `takenSeconds`. */
export function takeDue(database: Database, max: number, takenSeconds: number): Promise<ForgottenObject[]> {
  return database.many(forgotten)`
    UPDATE forgotten_object SET due_at = now() + ${takenSeconds}::float8 * interval '1 second'
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM forgotten_object WHERE due_at <= now() ORDER BY due_at LIMIT ${max}::int FOR UPDATE SKIP LOCKED))
    RETURNING credential_id, id, kind`;
}

/** Notes that an object is gone. */
export async function deleted(
  { prisma }: Database,
  { credential_id: credentialId, id }: ForgottenObject,
): Promise<void> {
  await prisma.forgottenObject.deleteMany({ where: { credentialId, id } });
}

/** Notes that an object could not be deleted: it is due after `seconds` for the first failure, twice as long for each more, a day at most. */
export async function failed(
  database: Database,
  { credential_id, id }: ForgottenObject,
  seconds: number,
): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE forgotten_object SET failures = failures + 1,
           due_at = now() + least(86400, ${seconds}::float8 * power(2, least(failures, 20))) * interval '1 second'
     WHERE credential_id = ${credential_id} AND id = ${id}`;
}

/** For how long the oldest object or batch has waited, in seconds; 0 where none does. */
export async function oldestSeconds(database: Database): Promise<number> {
  const [oldest] = await database.many(age)`
    SELECT coalesce(extract(epoch FROM now() - least((SELECT min(created_at) FROM forgotten_object), (SELECT min(created_at) FROM forgotten_batch))), 0)::float8
           AS seconds`;
  return oldest?.seconds ?? 0;
}
