import { forward } from './forward.ts';
import { identify } from './identify.ts';
import { limit } from './limit.ts';
import { matchRoute } from './match-route.ts';
import { parseTarget } from './parse-target.ts';
import { receive } from './receive.ts';
import { recordAudit } from './record-audit.ts';
import { replay } from './replay.ts';
import { reserve } from './reserve.ts';
import { sign } from './sign.ts';
import type { Stage } from './stage.ts';

/**
 * What every request passes, in this order:
 *
 * 1. `parseTarget` first, so that all later stages see one reading of path and headers. Reading the headers is also the strip: what
 *    is not to be forwarded leaves the list here, before any stage could use it.
 * 2. `matchRoute` before `identify`, since the route says which credentials count.
 * 3. `identify` before `limit`, since the limits are the caller's.
 * 4. `limit` before `reserve`, so that a flood costs Redis one line and the ledger nothing.
 * 5. `receive` after `limit`, so that a flood is not read; before all that holds credits or takes a connection, as bodies come at the
 *    client's pace.
 * 6. `replay` before `reserve`, since an answer that was paid for is given again without paying.
 * 7. `reserve` before `sign`, as the upstream is told whether it is paid; and before `forward`, as nothing unpaid is sent on.
 * 8. `recordAudit` after all that may refuse, since a refused request did nothing; and before `forward`, as nothing unrecorded is sent on.
 * 9. `sign` last of all before `forward`, so that nothing is changed once it is signed.
 * 10. `forward` sends, streams back, and settles or releases what was reserved (charging/).
 */
export const STAGES: readonly Stage[] = [
  parseTarget,
  matchRoute,
  identify,
  limit,
  receive,
  replay,
  reserve,
  recordAudit,
  sign,
  forward,
];
