import type { Operations } from '@turnpike/client';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';
import { TenantLink, UserLink } from '../parts/links.tsx';

type Key = Operations['platform.adminListKeys']['answers']['items'][number];

const STATE_TONES = { active: 'ok', paused: 'warn', expired: 'plain', revoked: 'plain' } as const;

/** API keys as operators list them. */
export const KEY_COLUMNS: readonly Column<Key>[] = [
  { name: 'Key', cell: ({ prefix }) => <code className="font-mono text-sm">{prefix}</code> },
  { name: 'Name', cell: ({ name }) => name },
  { name: 'State', cell: ({ state }) => <Badge tone={STATE_TONES[state]}>{state}</Badge> },
  {
    name: 'Owner',
    cell: ({ user_id: user, organisation_id: tenant }) =>
      tenant === null ? <UserLink id={user} /> : <TenantLink id={tenant} />,
  },
  { name: 'Last used', cell: ({ last_used_at: at }) => <Time at={at} none="no record" /> },
  { name: 'Made', cell: ({ created_at: at }) => <Time at={at} /> },
  {
    name: 'Act',
    unnamed: true,
    cell: ({ id, prefix, state }) =>
      state === 'revoked' ? null : (
        <Act
          id="platform.adminRevokeKey"
          least="support"
          label="Revoke"
          title={`Revoke ${prefix}…`}
          look="danger"
          done="The key is revoked."
          effect={
            <p>
              <b>For good.</b> It is refused at every edge within a second, and streams under it end. Whoever uses it
              needs another key.
            </p>
          }
          args={(reason) => ({ params: { id }, body: { reason } })}
        />
      ),
  },
];
