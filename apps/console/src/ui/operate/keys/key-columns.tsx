import type { Operations } from '@turnpike/client';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';
import { Named, TenantLink, UserLink } from '../parts/links.tsx';

type Key = Operations['platform.adminListKeys']['answers']['items'][number];

const STATE_TONES = { active: 'ok', paused: 'warn', expired: 'plain', revoked: 'plain' } as const;

/** API keys as operators list them. */
export const KEY_COLUMNS: readonly Column<Key>[] = [
  {
    name: 'Key',
    cell: ({ id, name, prefix }) => (
      <Named id={id} label="key id" note={<code className="font-mono">{prefix}…</code>}>
        <span className="font-medium">{name}</span>
      </Named>
    ),
  },
  { name: 'State', cell: ({ state }) => <Badge tone={STATE_TONES[state]}>{state}</Badge> },
  {
    name: 'Owner',
    cell: (key) => (
      <Named
        id={key.organisation_id ?? key.user_id}
        label={key.organisation_id === null ? 'user id' : 'organisation id'}
        note={key.organisation_id === null ? undefined : key.user_email}
      >
        {key.organisation_id === null ? (
          <UserLink id={key.user_id}>{key.user_email ?? undefined}</UserLink>
        ) : (
          <TenantLink id={key.organisation_id}>{key.organisation_name ?? undefined}</TenantLink>
        )}
      </Named>
    ),
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
