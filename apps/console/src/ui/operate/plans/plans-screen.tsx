import { Link } from '@tanstack/react-router';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { count, planPrice } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { LINK_LOOK } from '../parts/links.tsx';
import { PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';

type Plan = Operations['platform.adminListPlans']['answers']['items'][number];

const PAYMENT: Readonly<Record<Plan['checkout'], string>> = {
  none: 'none',
  manual: 'by your invoice',
  stripe: 'by Stripe',
};

function columns(running: Readonly<Record<string, number>> | null): readonly Column<Plan>[] {
  return [
    {
      name: 'Plan',
      cell: ({ id, name, description }) => (
        <div>
          <span className="font-medium">{name}</span>{' '}
          {name === id ? null : <code className="font-mono text-sm text-muted">{id}</code>}
          {description === '' ? null : <span className="block text-sm text-muted">{description}</span>}
        </div>
      ),
    },
    { name: 'State', cell: (plan) => <State plan={plan} /> },
    { name: 'Credits', numeric: true, cell: (plan) => `${count(plan.credits_per_period)} a ${plan.period}` },
    { name: 'Price', numeric: true, cell: ({ price, checkout }) => priceOf(price, checkout) },
    { name: 'Payment', cell: ({ checkout }) => PAYMENT[checkout] },
    { name: 'Tier', cell: ({ tier }) => tier },
    { name: 'At most', cell: ({ limits }) => limitsText(limits) },
    {
      name: 'Running',
      numeric: true,
      cell: ({ id }) => (
        <Link to="/operate/organisations" search={{ plan: id }} className={LINK_LOOK}>
          {running === null ? 'not known' : count(running[id] ?? 0)}
        </Link>
      ),
    },
  ];
}

/** A plan that nobody pays for is free; one that is paid by invoice may have no price that is told. */
function priceOf(price: Plan['price'], checkout: Plan['checkout']): string {
  return price === null && checkout !== 'none' ? 'none stated' : planPrice(price);
}

function State({ plan: { offered, withdrawn_at: withdrawn } }: { readonly plan: Plan }) {
  if (withdrawn !== null)
    return (
      <span>
        <Badge tone="warn">withdrawn</Badge> <Time at={withdrawn} />
      </span>
    );
  return offered ? <Badge tone="ok">offered</Badge> : <Badge>not offered</Badge>;
}

function limitsText(limits: Plan['limits']): string {
  const parts = Object.entries(limits).map(([name, most]) => `${count(most)} ${name}`);
  return parts.length === 0 ? '—' : parts.join(', ');
}

/** Plans as the file has them, and how many are on each. */
export function PlansScreen() {
  const { offset } = useList();
  const plans = useOperation('platform.adminListPlans', { query: { limit: PAGE_ROWS, offset } }, { personal: true });
  const figures = useOperation('platform.adminStats', {}, { personal: true });
  return (
    <Page
      title="Plans"
      about="What organisations and users can be on, lowest first. Plans change in the file that PLANS_FILE names; an organisation is put on one from its own page."
    >
      <Card flush>
        <PagedTable
          query={plans}
          caption="Plans, lowest first"
          columns={columns(figures.data?.subscriptions.by_plan ?? null)}
          rowKey={({ id }) => id}
          empty={<Empty title="No plans">Write the first one into the file that PLANS_FILE names.</Empty>}
        />
      </Card>
    </Page>
  );
}
