import { once } from 'node:events';
import { exportCredits } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { presentEntry } from '../domain/history.ts';
import { userOwner } from '../domain/owner.ts';

/** Entries read at once; a history may be longer than memory should hold. */
const PAGE = 1_000;

/** Streams, so that the size of a history costs time and not memory. Everything before the history is read before the first byte. */
export const exportCreditsRoute = ({ accounts, exports }: Context) =>
  route(exportCredits, async ({ query, response, signal }) => {
    const owner = userOwner(query.user_id);
    const sections = await exports.sections(owner);
    let page = await accounts.history(owner, { limit: PAGE, offset: 0, asOf: undefined });
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    const head = Object.entries(sections ?? {}).map(
      ([name, rows]) => `${JSON.stringify(name)}:${JSON.stringify(rows)},`,
    );
    response.write(`{${head.join('')}"credit_history":[`);
    for (let offset = 0; page.entries.length > 0 && !signal.aborted;) {
      const rows = page.entries.map((entry) => JSON.stringify(presentEntry(entry))).join(',');
      if (!response.write(offset === 0 ? rows : `,${rows}`)) await once(response, 'drain', { signal });
      offset += PAGE;
      page = await accounts.history(owner, { limit: PAGE, offset, asOf: page.asOf });
    }
    response.end(']}');
    return 'handled' as const;
  });
