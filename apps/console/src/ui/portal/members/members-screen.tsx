import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { count, credits } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { InviteSomebody } from './invite-somebody.tsx';
import { Invites } from './invites.tsx';
import { mayActOn, ROLES, rolesUpTo, type Role } from './roles.ts';
import { manages, useRole } from './use-manages.ts';

type Member = Operations['platform.listMembers']['answers']['items'][number];
type Info = Operations['platform.serviceInfo']['answers'];

/** The organisation that one works in: what it has, who belongs to it, who is invited. */
export function MembersScreen() {
  const [inviting, setInviting] = useState(false);
  const info = useOperation('platform.serviceInfo', {});
  const own = useRole();
  return (
    <Page
      title={info.data?.name ?? 'Members'}
      about={
        info.data === undefined ? (
          'Members of the organisation.'
        ) : (
          <span className="inline-flex flex-wrap items-center gap-2">
            Members and invitations <CopyId id={info.data.id} label="organisation id" />
          </span>
        )
      }
      actions={
        manages(own) ? (
          <Button look="primary" onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        ) : undefined
      }
    >
      <Loaded query={info}>{(data) => <Numbers info={data} />}</Loaded>
      <MemberList own={own} />
      {manages(own) ? <Invites /> : null}
      {inviting ? <InviteSomebody own={own ?? 'admin'} onClose={() => setInviting(false)} /> : null}
    </Page>
  );
}

function Numbers({ info }: { readonly info: Info }) {
  return (
    <Stats>
      <Stat
        label="Members"
        value={count(info.members)}
        note={info.limits.members === null ? undefined : `of at most ${count(info.limits.members)}`}
      />
      <Stat
        label="Credits"
        value={info.credits === null ? '—' : credits(info.credits.balance)}
        note={info.credits === null ? undefined : `${credits(info.credits.held)} held`}
      />
      <Stat label="Plan" value={info.plan ?? 'none'} note={`tier ${info.tier}`} />
      <Stat label="Your role" value={info.role ?? '—'} />
    </Stats>
  );
}

function MemberList({ own }: { readonly own: Role | undefined }) {
  const { me } = useSignedIn();
  const [removed, setRemoved] = useState<Member | undefined>();
  const members = useOperation('platform.listMembers', { query: { limit: 100 } });
  const columns: readonly Column<Member>[] = [
    {
      name: 'Member',
      sortBy: ({ email }) => email ?? '',
      cell: (member) => (
        <div className="min-w-0">
          <span className="font-medium">{nameOf(member)}</span>
          {member.user_id === me.id ? <span className="text-muted"> (you)</span> : null}
          {nameOf(member) === member.email ? null : <span className="block text-sm text-muted">{member.email}</span>}
        </div>
      ),
    },
    {
      name: 'Role',
      cell: (member) =>
        mayActOn(own, member.role) ? <RoleOf member={member} own={own} /> : <Badge>{member.role}</Badge>,
    },
    { name: 'Status', cell: ({ status }) => <Badge tone={status === 'active' ? 'ok' : 'warn'}>{status}</Badge> },
    { name: 'Joined', sortBy: ({ joined_at: at }) => at, cell: ({ joined_at: at }) => <Time at={at} /> },
    {
      name: 'Acts',
      unnamed: true,
      cell: (member) =>
        mayActOn(own, member.role) || member.user_id === me.id ? (
          <div className="flex justify-end">
            <Button
              small
              look="risky"
              onClick={() => setRemoved(member)}
              aria-label={member.user_id === me.id ? 'Leave' : `Remove ${nameOf(member)}`}
            >
              {member.user_id === me.id ? 'Leave' : 'Remove'}
            </Button>
          </div>
        ) : null,
    },
  ];
  return (
    <Card title="Members" flush>
      <Loaded query={members}>
        {({ items }) => (
          <DataTable
            caption="Members, last joined first"
            columns={columns}
            rows={items}
            rowKey={({ id }) => id}
            empty={<Empty title="Nobody is here" />}
          />
        )}
      </Loaded>
      {removed === undefined ? null : (
        <Remove member={removed} leaving={removed.user_id === me.id} onClose={() => setRemoved(undefined)} />
      )}
    </Card>
  );
}

function RoleOf({ member, own }: { readonly member: Member; readonly own: Role | undefined }) {
  const change = useAct('platform.updateMember', { done: `${nameOf(member)} has another role.` });
  return (
    <select
      aria-label={`Role of ${nameOf(member)}`}
      className="control w-auto py-0.5"
      value={member.role}
      disabled={change.isPending}
      onChange={({ target: { value } }) => {
        const role = ROLES.find((one) => one === value);
        if (role !== undefined) change.mutate({ params: { user_id: member.user_id }, body: { role } });
      }}
    >
      {rolesUpTo(own).map((role) => (
        <option key={role}>{role}</option>
      ))}
    </select>
  );
}

function Remove({
  member,
  leaving,
  onClose,
}: {
  readonly member: Member;
  readonly leaving: boolean;
  readonly onClose: () => void;
}) {
  const remove = useAct('platform.removeMember', {
    quiet: true,
    done: leaving ? 'You have left.' : `${nameOf(member)} is removed.`,
    onDone: () => {
      onClose();
      if (leaving) globalThis.location.assign('/organisations');
    },
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={leaving ? 'Leave the organisation?' : `Remove ${nameOf(member)}?`}
      about="Access ends within a second. Keys that they made for the organisation are revoked."
      act={leaving ? 'Leave' : 'Remove'}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { user_id: member.user_id } })}
    />
  );
}

function nameOf({ first_name: first, last_name: last, email }: Member): string {
  const name = [first, last].filter(Boolean).join(' ');
  return name === '' ? (email ?? 'a member') : name;
}
