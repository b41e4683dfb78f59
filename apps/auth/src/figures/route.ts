import { authFigures } from '@turnpike/contracts';
import { remembered, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { countFigures } from './store.ts';

/** How old figures may be, in milliseconds. */
const REMEMBERED_MS = 60_000;

export const authFiguresRoute = ({ database }: Context) => {
  const count = remembered(REMEMBERED_MS, () => countFigures(database));
  return route(authFigures, async () => {
    const { total, active, suspended, archived, signedIn, keys } = await count();
    return {
      status: 200,
      body: {
        tenants: { total: total.rows, active: active.rows, suspended: suspended.rows, archived: archived.rows },
        users_active_30d: signedIn.rows,
        keys_active: keys.rows,
        estimated: [
          ...(total.estimated ? (['tenants'] as const) : []),
          ...(signedIn.estimated ? (['users_active_30d'] as const) : []),
          ...(keys.estimated ? (['keys_active'] as const) : []),
        ],
      },
    };
  });
};
