import { authFigures } from '@turnpike/contracts';
import { remembered, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { countFigures } from './store.ts';

/** Counting reads whole tables, so it is done once a minute at most. */
const REMEMBERED_MS = 60_000;

export const authFiguresRoute = ({ database }: Context) => {
  const count = remembered(REMEMBERED_MS, () => countFigures(database));
  return route(authFigures, async () => {
    const { total, active, suspended, archived, signedIn, keys } = await count();
    const tenants = { total, active, suspended, archived };
    return { status: 200, body: { tenants, users_active_30d: signedIn, keys_active: keys } };
  });
};
