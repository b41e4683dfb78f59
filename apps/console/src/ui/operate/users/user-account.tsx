import { hasCode } from '../../api/problem.ts';
import { useOperation } from '../../api/queries.ts';
import { credits } from '../../design/format.ts';
import { Card, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { AccountParts, useEntries } from '../ledger/account-parts.tsx';
import { MoneyActs } from '../ledger/money-acts.tsx';

/** What a user has, what is held of it, and how it came to be. */
export function UserAccount({ userId }: { readonly userId: string }) {
  const owner = { type: 'user', id: userId } as const;
  const query = { user_id: userId };
  const entries = useEntries(owner);
  const account = useOperation('credits.adminGetAccount', { query }, { personal: true });
  if (hasCode(account.error, 'resource.not_found'))
    return (
      <Card title="Credits" actions={<MoneyActs owner={owner} available={0} debt={0} />}>
        <Empty title="No account yet">It is opened with the first grant.</Empty>
      </Card>
    );
  return (
    <Card
      title="Credits"
      actions={<MoneyActs owner={owner} available={account.data?.available ?? 0} debt={account.data?.debt ?? 0} />}
    >
      <Loaded query={account}>
        {(data) => (
          <div className="flex flex-col gap-4">
            <Stats>
              <Stat label="Available" value={credits(data.available)} unit="credits" />
              <Stat label="Held" value={credits(data.held)} unit="credits" />
              <Stat label="Debt" value={credits(data.debt)} unit="credits" />
              <Stat label="Spent" value={credits(data.spent)} unit="credits" />
            </Stats>
            <AccountParts account={data} entries={entries} />
          </div>
        )}
      </Loaded>
    </Card>
  );
}
