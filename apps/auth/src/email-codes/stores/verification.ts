import { z } from 'zod';
import type { Db } from '../../database.ts';
import { NETWORK_KNOWN_DAYS, type CodeTry, type NewCode } from '../domain/verification.ts';

const issued = z.object({ wait: z.int(), counted: z.array(z.string()) });

/** Keeps a code and counts it in its windows: the function `verification_issue`. Returns the seconds to wait, 0 when it is kept. */
export async function issueCode(db: Db, code: NewCode): Promise<{ waitSeconds: number; counted: string[] }> {
  const { windows } = code;
  const { wait, counted } = await db.one(issued)`
    SELECT * FROM verification_issue(${code.id}::uuid, ${code.purpose}, ${code.recipients}::bytea[], ${code.networks}::bytea[],
      ${code.codeDigest}::bytea, ${code.lifeSeconds}::int * interval '1 second', ${NETWORK_KNOWN_DAYS}::int * interval '1 day',
      ${windows.map(({ bucket }) => bucket)}::text[], ${windows.map(({ limit }) => limit)}::int[],
      ${windows.map(({ seconds }) => seconds)}::int[], ${windows.map(({ forStrangers = false }) => forStrangers)}::boolean[])`;
  return { waitSeconds: wait, counted };
}

/** Takes a code back that could not be put on its way, and uncounts it in its windows. */
export async function withdrawCode({ prisma }: Db, id: string, counted: readonly string[]): Promise<void> {
  await prisma.verificationCode.deleteMany({ where: { id } });
  await prisma.verificationWindow.updateMany({
    where: { bucket: { in: [...counted] }, used: { gt: 0 } },
    data: { used: { decrement: 1 } },
  });
}

const usedCode = z.object({ id: z.string().nullable() });

/** One try at a code, exact among concurrent ones: the function `verification_use`. Returns the code's id if it was right. */
export async function useCode(db: Db, attempt: CodeTry): Promise<string | undefined> {
  const { id } = await db.one(usedCode)`
    SELECT verification_use(${attempt.purpose}, ${attempt.recipients}::bytea[], ${attempt.networks}::bytea[],
      ${attempt.codes}::bytea[], ${attempt.ownTriesMax}::int, ${attempt.foreignTriesMax}::int) AS id`;
  return id ?? undefined;
}

/** Lets a code that was used be used again. A newer code of that address has another id and is left alone. */
export async function reopenCode({ prisma }: Db, id: string): Promise<void> {
  await prisma.verificationCode.updateMany({ where: { id }, data: { usedAt: null } });
}
