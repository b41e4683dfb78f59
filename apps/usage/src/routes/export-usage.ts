import { once } from 'node:events';
import { exportUsage } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { viewOf } from '../records/domain/record-view.ts';

/** Records read at once; there may be more than memory should hold. */
const PAGE = 1_000;

/** Streams, so that the number of records costs time and not memory. The first page is read before the first byte. */
export const exportUsageRoute = ({ store }: Context) =>
  route(exportUsage, async ({ query, response, signal }) => {
    let page = await store.exportRecords(query.user_id, undefined, PAGE);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.write('{"requests":[');
    for (let first = true; page.length > 0 && !signal.aborted; first = false) {
      const rows = page.map((record) => JSON.stringify(viewOf(record))).join(',');
      if (!response.write(first ? rows : `,${rows}`)) await once(response, 'drain', { signal });
      page = page.length < PAGE ? [] : await store.exportRecords(query.user_id, page.at(-1), PAGE);
    }
    response.end(']}');
    return 'handled' as const;
  });
