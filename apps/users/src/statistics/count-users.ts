import { countOrEstimate, type Count } from '@turnpike/service-kit';
import type { Db } from '../database.ts';

/** How many users there are; tombstones of deleted ones are none. Many are estimated. */
export async function countUsers({ query }: Db): Promise<Count> {
  return (await countOrEstimate(query, 'app_user', { users: "status <> 'deleted'" })).users;
}
