import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { hasCode } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { count, planPrice } from '../../design/format.ts';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Empty, ErrorState, Loaded, SkeletonRows } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { manages } from '../members/use-manages.ts';

type Plan = Operations['platform.listPlans']['answers']['items'][number];
type LimitsOfTier = Operations['usage.getLimits']['answers']['tiers'][number];
type Subscription = Operations['platform.currentSubscription']['answers'];

/** The organisation's plan, what it can change to, and what was. */
export function BillingScreen() {
  const info = useOperation('platform.serviceInfo', {});
  const plans = useOperation('platform.listPlans', { query: { limit: 100 } });
  const current = useOperation('platform.currentSubscription', {});
  const limits = useOperation('usage.getLimits', {});
  const acts = manages(info.data?.role);
  const none = hasCode(current.error, 'resource.not_found');
  return (
    <Page title="Plan and billing" about="What the organisation is on, what it gives, and what else there is.">
      {none ? (
        <Card>
          <Empty title="No plan yet">
            Without one there are no credits that come by themselves.{' '}
            {acts ? 'Choose one below.' : 'An admin or owner of this organisation chooses one.'}
          </Empty>
        </Card>
      ) : current.error !== null && current.data === undefined ? (
        <ErrorState error={current.error} onRetry={() => void current.refetch()} />
      ) : current.data === undefined ? (
        <Card>
          <SkeletonRows rows={3} />
        </Card>
      ) : (
        <Running subscription={current.data} manages={acts} />
      )}
      <Card title="Plans" flush>
        <Loaded query={plans}>
          {({ items }) => <Plans plans={items} tiers={limits.data?.tiers ?? []} manages={acts} />}
        </Loaded>
      </Card>
    </Page>
  );
}

function Running({ subscription, manages }: { readonly subscription: Subscription; readonly manages: boolean }) {
  const [leaving, setLeaving] = useState(false);
  const leave = useAct('platform.cancelSubscription', {
    quiet: true,
    done: 'The plan was left.',
    onDone: () => setLeaving(false),
  });
  const undo = useAct('platform.changeSubscription', { done: 'The plan goes on as it is.' });
  const pay = useAct('platform.openBillingPortal', { onDone: ({ url }) => globalThis.location.assign(url) });
  const { plan_name: name, status, provider, current_period_end: end, checkout_url: checkout } = subscription;
  const planned = subscription.cancel_at_period_end || subscription.scheduled_plan_id !== null;
  return (
    <Card
      title={name}
      actions={
        manages ? (
          <div className="flex flex-wrap gap-2">
            {checkout ? (
              <Button small look="primary" onClick={() => globalThis.location.assign(checkout)}>
                Pay
              </Button>
            ) : null}
            {provider === 'stripe' ? (
              <Button small busy={pay.isPending} onClick={() => pay.mutate({})}>
                Invoices and card
              </Button>
            ) : null}
            {planned ? (
              <Button
                small
                busy={undo.isPending}
                onClick={() =>
                  undo.mutate({
                    body: subscription.cancel_at_period_end
                      ? { cancel_at_period_end: false }
                      : { scheduled_plan_id: null },
                  })
                }
              >
                Keep this plan
              </Button>
            ) : null}
            <Button small look="risky" onClick={() => setLeaving(true)}>
              Leave the plan
            </Button>
          </div>
        ) : undefined
      }
    >
      <Facts
        facts={[
          [
            'Status',
            <Badge key="status" tone={status === 'active' || status === 'trialing' ? 'ok' : 'bad'}>
              {status}
            </Badge>,
          ],
          ['Since', <Time key="since" at={subscription.started_at} dated />],
          ['This period ends', end === null ? 'it does not end' : <Time key="end" at={end} dated />],
          ...(subscription.scheduled_plan_id === null
            ? []
            : ([['Then', `the plan ${subscription.scheduled_plan_id}`]] as const)),
          ...(subscription.cancel_at_period_end ? ([['Then', 'no plan']] as const) : []),
        ]}
      />
      {leaving ? (
        <Confirm
          open
          onClose={() => setLeaving(false)}
          title={`Leave ${name}?`}
          about="Credits that were granted stay until they expire. A plan that is paid through Stripe ends with its period, any other at once."
          act="Leave the plan"
          busy={leave.isPending}
          error={leave.error}
          onConfirm={() => leave.mutate({})}
        />
      ) : null}
    </Card>
  );
}

interface PlansProps {
  readonly plans: readonly Plan[];
  /** What tiers allow, as far as it is known. */
  readonly tiers: readonly LimitsOfTier[];
  readonly manages: boolean;
}

function Plans({ plans, tiers, manages }: PlansProps) {
  const choose = useAct('platform.subscribe', {
    onDone: ({ checkout_url: checkout }) => {
      if (checkout) globalThis.location.assign(checkout);
    },
  });
  const columns: readonly Column<Plan>[] = [
    {
      name: 'Plan',
      cell: ({ name, description, current }) => (
        <div>
          <span className="inline-flex items-center gap-2 font-medium">
            {name}
            {current ? <Badge tone="accent">present plan</Badge> : null}
          </span>
          <span className="block text-sm text-muted">{description}</span>
        </div>
      ),
    },
    { name: 'Credits', numeric: true, cell: (plan) => `${count(plan.credits_per_period)} a ${plan.period}` },
    {
      name: 'Price',
      numeric: true,
      cell: ({ price, checkout }) => (price === null && checkout === 'manual' ? 'on request' : planPrice(price)),
    },
    {
      name: 'Tier of limits',
      cell: ({ tier }) => (
        <div>
          {tier}
          <span className="block text-sm text-muted">{rateOf(tiers.find(({ tier: name }) => name === tier))}</span>
        </div>
      ),
    },
    {
      name: 'Acts',
      unnamed: true,
      cell: (plan) =>
        plan.current || !manages ? null : plan.checkout === 'manual' ? (
          <span className="text-sm text-muted">on request, by invoice</span>
        ) : (
          <Button small busy={choose.isPending} onClick={() => choose.mutate({ body: { plan_id: plan.id } })}>
            {plan.change === 'downgrade' ? `Change down to ${plan.name}` : `Choose ${plan.name}`}
          </Button>
        ),
    },
  ];
  return (
    <DataTable
      caption="Plans, lowest first"
      columns={columns}
      rows={plans}
      rowKey={({ id }) => id}
      empty={<Empty title="No plans are offered">Ask whoever operates this installation.</Empty>}
    />
  );
}

/** How often one may call in a tier; nothing of a tier that is not known. */
function rateOf(tier: LimitsOfTier | undefined): string | undefined {
  if (tier === undefined) return undefined;
  const rates = [
    ...(tier.per_minute === null ? [] : [`${count(tier.per_minute)} requests a minute`]),
    ...(tier.per_day === null ? [] : [`${count(tier.per_day)} a day`]),
  ];
  return rates.join(', ');
}
