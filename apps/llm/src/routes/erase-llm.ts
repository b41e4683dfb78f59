import { z } from 'zod';
import { eraseLlm } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

const erased = z.object({ erased_from: z.string(), erased_rows: z.bigint() });

export const eraseLlmRoute = ({ database }: Context) =>
  route(eraseLlm, ({ body }) =>
    database.transaction(async (db) => {
      const rows = await db.many(erased)`SELECT erased_from, erased_rows FROM llm_erase_user(${body.user_id}::uuid)`;
      const counts = rows.map(({ erased_from, erased_rows }) => [erased_from, Number(erased_rows)] as const);
      return { status: 200, body: { erased: Object.fromEntries(counts) } };
    }),
  );
