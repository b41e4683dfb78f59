import { Link } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import type { Operations } from '@turnpike/client';
import { problemOf } from '../../api/problem.ts';
import { useAct } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { Badge } from '../../design/badge.tsx';
import { Button, buttonClass } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm, Dialog, DialogActions } from '../../design/dialog.tsx';
import { TextField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded, Refusal } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { OwnInvites } from './own-invites.tsx';
import { useOrganisations } from './use-organisations.ts';

type Tenant = Operations['platform.listTenants']['answers']['items'][number];

/** The organisations that one belongs to, and those that one is invited to. */
export function OrganisationsScreen() {
  const { shared } = useSignedIn();
  const [making, setMaking] = useState(false);
  const [archived, setArchived] = useState<Tenant | undefined>();
  const tenants = useOrganisations();
  const columns: readonly Column<Tenant>[] = [
    {
      name: 'Organisation',
      sortBy: ({ name }) => name,
      cell: ({ name, slug }) => (
        <div>
          <span className="font-medium">{name}</span>
          <code className="block font-mono text-[0.85em] text-muted">{slug}</code>
        </div>
      ),
    },
    { name: 'Your role', sortBy: ({ role }) => role, cell: ({ role }) => <Badge>{role}</Badge> },
    { name: 'Status', cell: ({ status }) => <Badge tone={status === 'active' ? 'ok' : 'bad'}>{status}</Badge> },
    { name: 'Joined', sortBy: ({ joined_at: at }) => at, cell: ({ joined_at: at }) => <Time at={at} /> },
    {
      name: 'Acts',
      unnamed: true,
      cell: (tenant) => (
        <div className="flex flex-wrap justify-end gap-1.5">
          {tenant.status === 'active' ? (
            <Link
              to="/members"
              search={{ org: tenant.slug, env: undefined }}
              className={buttonClass('secondary', true)}
            >
              Open {tenant.name}
            </Link>
          ) : null}
          {tenant.role === 'owner' && tenant.status === 'active' ? (
            <Button small look="risky" onClick={() => setArchived(tenant)} aria-label={`Archive ${tenant.name}`}>
              Archive
            </Button>
          ) : null}
        </div>
      ),
    },
  ];
  return (
    <Page
      title="Organisations"
      about="People who share credits, keys and limits. One token works in one of them, so two windows may work in two."
      actions={
        shared ? undefined : (
          <Button look="primary" onClick={() => setMaking(true)}>
            New organisation
          </Button>
        )
      }
    >
      <OwnInvites />
      <Card flush>
        <Loaded query={tenants}>
          {({ items }) => (
            <DataTable
              caption="Organisations, last joined first"
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
              empty={
                <Empty title="You belong to no organisation">
                  Make one to share keys and credits with others, or have somebody invite you.
                </Empty>
              }
            />
          )}
        </Loaded>
      </Card>
      {making ? <NewOrganisation onClose={() => setMaking(false)} /> : null}
      {archived === undefined ? null : <Archive tenant={archived} onClose={() => setArchived(undefined)} />}
    </Page>
  );
}

function NewOrganisation({ onClose }: { readonly onClose: () => void }) {
  const make = useAct('platform.createTenant', {
    personal: true,
    quiet: true,
    done: 'The organisation is there; you own it.',
    onDone: onClose,
  });
  const { fields } = problemOf(make.error);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { name = '', slug } = textsOf(event.currentTarget);
    make.mutate({ body: { name, ...(slug !== undefined && { slug }) } });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="New organisation"
      about="It starts with a project in each environment, and without credits."
    >
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField label="Name" name="name" required maxLength={100} error={fields['name']} />
        <TextField
          label="Slug"
          name="slug"
          hint="Stands in addresses. Empty: made from the name."
          error={fields['slug']}
        />
        <Refusal error={make.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make the organisation
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Archive({ tenant, onClose }: { readonly tenant: Tenant; readonly onClose: () => void }) {
  const archive = useAct('platform.archiveTenant', {
    personal: true,
    quiet: true,
    done: `${tenant.name} is archived.`,
    onDone: onClose,
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Archive ${tenant.name}?`}
      about="Its tokens and keys stop within a second, its plans end. Nothing is deleted: for 30 days an operator can bring it back."
      act="Archive"
      typed={tenant.slug}
      busy={archive.isPending}
      error={archive.error}
      onConfirm={() => archive.mutate({ params: { id: tenant.id }, body: { slug: tenant.slug } })}
    />
  );
}
