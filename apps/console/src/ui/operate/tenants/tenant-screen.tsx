import { Link, useParams } from '@tanstack/react-router';
import { hasCode } from '../../api/problem.ts';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { buttonClass } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { count } from '../../design/format.ts';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { AccountParts, useEntries } from '../ledger/account-parts.tsx';
import { MoneyActs } from '../ledger/money-acts.tsx';
import { Act } from '../parts/act.tsx';
import { UserLink } from '../parts/links.tsx';
import { userStatusTone } from '../users/status-tone.ts';
import { TenantPlan } from './tenant-plan.tsx';

/** One organisation: who it is, what it has, and whether it is let in. */
export function TenantScreen() {
  const { tenantId = '' }: { readonly tenantId?: string | undefined } = useParams({ strict: false });
  const tenant = useOperation('platform.adminGetTenant', { params: { id: tenantId } }, { personal: true });
  return (
    <Page
      title={tenant.data?.name ?? 'Organisation'}
      actions={
        <Link to="/operate/keys" search={{ organisation_id: tenantId }} className={buttonClass('secondary', true)}>
          API keys
        </Link>
      }
    >
      <Loaded query={tenant}>
        {(data) => (
          <>
            <Card title="Organisation" actions={<StatusActs id={data.id} status={data.status} />}>
              <Facts
                facts={[
                  ['Id', <CopyId key="id" id={data.id} />],
                  ['Slug', data.slug ?? '—'],
                  [
                    'Status',
                    <Badge key="status" tone={userStatusTone(data.status)}>
                      {data.status}
                    </Badge>,
                  ],
                  ...(data.suspended_reason === null ? [] : [['Suspended for', data.suspended_reason] as const]),
                  [
                    'Owner',
                    <UserLink key="owner" id={data.owner?.user_id ?? null}>
                      {data.owner?.email ?? undefined}
                    </UserLink>,
                  ],
                  ['Tier', data.tier],
                  ['Members', data.members],
                  ['Open invitations', data.invites_pending],
                  ['Active keys', data.keys_active],
                  ['Requests of the last day', data.requests_24h === null ? 'not known' : count(data.requests_24h)],
                  ['Last active', <Time key="last-active" at={data.last_active_at} none="never" />],
                  ['Made', <Time key="made" at={data.created_at} />],
                ]}
              />
            </Card>
            <TenantPlan id={data.id} subscription={data.subscription} />
          </>
        )}
      </Loaded>
      {tenant.error === null ? <TenantAccount id={tenantId} /> : null}
    </Page>
  );
}

function StatusActs({ id, status }: { readonly id: string; readonly status: string }) {
  const params = { id };
  if (status !== 'active')
    return (
      <Act
        id="platform.adminSetTenantStatus"
        least="admin"
        label="Restore"
        title="Restore the organisation"
        done="The organisation is active."
        effect={
          <p>
            Its tokens and keys work as before, within a second. An archived one comes back for 30 days, as long as an
            owner of it has an account.
          </p>
        }
        args={(reason) => ({ params, body: { status: 'active', reason } })}
      />
    );
  return (
    <div className="flex flex-wrap gap-2">
      <Act
        id="platform.adminSetTenantStatus"
        least="admin"
        label="Suspend"
        title="Suspend the organisation"
        look="danger"
        done="The organisation is suspended."
        effect={
          <p>
            Within a second every token and key of it is refused at every edge, and open streams end. What its members
            do outside of it goes on.
          </p>
        }
        args={(reason) => ({ params, body: { status: 'suspended', reason } })}
      />
      <Act
        id="platform.adminSetTenantStatus"
        least="admin"
        label="Archive"
        title="Archive the organisation"
        look="danger"
        done="The organisation is archived."
        effect={
          <p>
            It ends as its owner could end it: tokens and keys are refused within a second, and nobody sees it any more.
            For 30 days it can be restored.
          </p>
        }
        args={(reason) => ({ params, body: { status: 'archived', reason } })}
      />
    </div>
  );
}

function TenantAccount({ id }: { readonly id: string }) {
  const query = { owner_type: 'organisation', owner_id: id } as const;
  const owner = { type: 'organisation', id } as const;
  const account = useOperation('credits.adminGetAccount', { query }, { personal: true });
  const entries = useEntries(owner);
  return (
    <Card
      title="Credits"
      actions={<MoneyActs owner={owner} available={account.data?.available ?? 0} debt={account.data?.debt ?? 0} />}
    >
      {hasCode(account.error, 'resource.not_found') ? (
        <Empty title="No account yet">It is opened with the first credits: a plan’s, or a grant of yours.</Empty>
      ) : (
        <Loaded query={account}>
          {(data) => (
            <div className="flex flex-col gap-4">
              <AccountParts account={data} entries={entries} />
            </div>
          )}
        </Loaded>
      )}
    </Card>
  );
}
