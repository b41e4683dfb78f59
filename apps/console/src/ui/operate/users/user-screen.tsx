import { Link, useParams } from '@tanstack/react-router';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { buttonClass } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { userStatusTone } from './status-tone.ts';
import { UserAccount } from './user-account.tsx';
import { UserActs } from './user-acts.tsx';
import { UserKeys } from './user-keys.tsx';
import { UserSessions } from './user-sessions.tsx';

/** One user: who it is, what can be done, and what they have. */
export function UserScreen() {
  const { userId = '' }: { readonly userId?: string | undefined } = useParams({ strict: false });
  const user = useOperation('users.adminGet', { params: { id: userId } }, { personal: true });
  return (
    <Page
      title={user.data?.email ?? 'User'}
      actions={
        <>
          <Link to="/operate/requests" search={{ user_id: userId }} className={buttonClass('secondary', true)}>
            Requests
          </Link>
          <Link to="/operate/audit" search={{ user_id: userId }} className={buttonClass('secondary', true)}>
            Audit trail
          </Link>
        </>
      }
    >
      <Loaded query={user}>
        {(data) => (
          <Card title="Profile" actions={<UserActs user={data} />}>
            <Facts
              facts={[
                ['Id', <CopyId key="id" id={data.id} />],
                ['Name', data.display_name ?? '—'],
                ['Address', data.email === null ? '—' : `${data.email}${data.email_verified ? '' : ' (not proven)'}`],
                [
                  'Status',
                  <Badge key="status" tone={userStatusTone(data.status)}>
                    {data.status}
                  </Badge>,
                ],
                ['Tier', data.tier],
                ['Made', <Time key="made" at={data.created_at} />],
              ]}
            />
          </Card>
        )}
      </Loaded>
      {user.error === null ? (
        <>
          <UserAccount userId={userId} />
          <UserSessions userId={userId} />
          <UserKeys userId={userId} />
        </>
      ) : null}
    </Page>
  );
}
