import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count, credits } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';
import { LedgerLists } from './ledger-lists.tsx';

type Invariant = Operations['credits.adminGetLedger']['answers']['verification']['invariants'][number];

/** How often a verification that runs is asked about, in milliseconds. */
const RUNNING_MS = 2_000;

const INVARIANTS: readonly Column<Invariant>[] = [
  { name: 'Rule', cell: ({ rule }) => rule },
  {
    name: 'Holds',
    cell: ({ violations }) => (
      <Badge tone={violations === 0 ? 'ok' : 'bad'}>
        {violations === 0 ? 'holds' : `broken ${count(violations)} times`}
      </Badge>
    ),
  },
  { name: 'Checked', cell: ({ checked_at: at }) => <Time at={at} /> },
];

/** The books: what the last verification found, and a new one. */
export function LedgerScreen() {
  const idle = useOperation('credits.adminGetLedger', {}, { personal: true, everyMs: RUNNING_MS });
  return (
    <Page
      title="Ledger"
      about="What the last verification found, and what there is to look at by hand."
      actions={
        idle.data?.verification.running === true ? (
          <Badge tone="accent">verifying…</Badge>
        ) : (
          <Act
            id="credits.adminVerifyLedger"
            least="admin"
            label="Verify now"
            title="Verify the ledger"
            done="The verification has begun."
            effect={
              <p>
                The whole ledger is read once, on a connection of its own. Nobody waits for it, and nothing is changed.
              </p>
            }
            args={(reason) => ({ body: { reason } })}
          />
        )
      }
    >
      <Loaded query={idle}>
        {({ totals, verification }) => (
          <>
            {totals === null ? null : (
              <Stats>
                <Stat
                  label="Available"
                  value={credits(totals.available)}
                  unit="credits"
                  note={
                    <>
                      counted <Time at={totals.counted_at} />
                    </>
                  }
                />
                <Stat label="Held" value={credits(totals.held)} unit="credits" />
                <Stat label="Debt" value={credits(totals.debt)} unit="credits" />
                <Stat label="Accounts" value={count(totals.accounts)} />
              </Stats>
            )}
            <Card title="Invariants" flush>
              <DataTable
                caption="Invariants of the ledger"
                columns={INVARIANTS}
                rows={verification.invariants}
                rowKey={({ id }) => id}
                empty={<Empty title="Never verified yet">It is verified each hour by itself.</Empty>}
              />
            </Card>
          </>
        )}
      </Loaded>
      <LedgerLists />
    </Page>
  );
}
