import { Link } from '@tanstack/react-router';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Code } from '../../design/copy.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';
import { LINK_LOOK, UserLink } from '../parts/links.tsx';

type Operator = Operations['platform.adminListOperators']['answers']['items'][number];

const COLUMNS: readonly Column<Operator>[] = [
  { name: 'Operator', cell: ({ user_id: id, email }) => <UserLink id={id}>{email ?? undefined}</UserLink> },
  { name: 'Role', cell: ({ role }) => <Badge tone={role === 'admin' ? 'accent' : 'plain'}>{role}</Badge> },
  { name: 'Since', cell: ({ granted_at: at }) => <Time at={at} /> },
  { name: 'Made by', cell: ({ granted_by: by }) => by },
  { name: 'Last sign-in', cell: ({ last_login_at: at }) => <Time at={at} none="never" /> },
  {
    name: 'Acts',
    cell: ({ user_id: id }) => (
      <Link to="/operate/audit" search={{ operator_id: id }} className={`${LINK_LOOK} whitespace-nowrap`}>
        what they did
      </Link>
    ),
  },
  {
    name: 'Act',
    unnamed: true,
    cell: ({ user_id: id, email }) => (
      <Act
        id="platform.adminEndOperator"
        least="admin"
        label="Remove the role"
        title={`Remove the role of ${email ?? id}`}
        look="danger"
        done="The role is removed."
        effect={
          <p>
            Within a second the person is no operator any more, on sessions that are open too. To give a role back takes
            the command line.
          </p>
        }
        args={(reason) => ({ params: { id }, body: { reason } })}
      />
    ),
  },
];

/** Who may be here. */
export function OperatorsScreen() {
  const operators = useOperation('platform.adminListOperators', {}, { personal: true });
  return (
    <Page
      title="Operators"
      about="Viewers look, support acts on users, admins also on money, organisations and operators."
    >
      <Card flush>
        <Loaded query={operators}>
          {({ items }) => (
            <DataTable
              caption="Operators, first made first"
              columns={COLUMNS}
              rows={items}
              rowKey={({ user_id: id }) => id}
              empty={<Empty title="Nobody is an operator">Admin keys work all the same.</Empty>}
            />
          )}
        </Loaded>
      </Card>
      <Card
        title="Give somebody a role"
        about="No page can: it takes the database, which whoever installed Turnpike has."
      >
        <Code
          label="In the repository, or as the command of auth in a container"
          text="npx -y pnpm@12 turnpike operators grant ada@example.com --role support"
        />
      </Card>
    </Page>
  );
}
