import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge, type Tone } from '../../design/badge.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { count, counted } from '../../design/format.ts';
import { Card, Facts } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';

type Subscription = NonNullable<Operations['platform.adminGetTenant']['answers']['subscription']>;
type Plan = Operations['platform.adminListPlans']['answers']['items'][number];

/** Plans that a form offers; a file of more is not to be expected. */
const PLANS_MAX = 100;
const PERIODS_MAX = 12;
const TONES: Readonly<Record<Subscription['status'], Tone>> = {
  active: 'ok',
  trialing: 'ok',
  past_due: 'bad',
  incomplete: 'warn',
  canceled: 'plain',
};
const PROVIDERS: Readonly<Record<Subscription['provider'], string>> = {
  none: 'nobody: it is free',
  manual: 'invoices of the operator',
  stripe: 'Stripe',
  apple: 'the App Store',
};

interface TenantPlanProps {
  readonly id: string;
  readonly subscription: Subscription | null;
}

/** The plan of an organisation, how far it is paid, and who may put it on another. */
export function TenantPlan({ id, subscription }: TenantPlanProps) {
  return (
    <Card title="Plan" actions={<PlanActs id={id} subscription={subscription} />}>
      {subscription === null ? (
        <Empty title="No plan is known">It has none, or credits did not answer.</Empty>
      ) : (
        <Facts facts={factsOf(subscription)} />
      )}
    </Card>
  );
}

function factsOf(subscription: Subscription) {
  const { plan_name: name, plan_id: id, status, provider, current_period_end: end } = subscription;
  return [
    ['Plan', `${name} (${id})`],
    [
      'Status',
      <Badge key="status" tone={TONES[status]}>
        {status.replaceAll('_', ' ')}
      </Badge>,
    ],
    ['Paid by', PROVIDERS[provider]],
    ['Since', <Time key="since" at={subscription.started_at} />],
    ['This period ends', <Time key="end" at={end} none="it does not end" dated />],
    ...(subscription.trial_ends_at === null
      ? []
      : ([['The trial ends', <Time key="trial" at={subscription.trial_ends_at} />]] as const)),
    ...(subscription.scheduled_plan_id === null
      ? []
      : ([['Then', `the plan ${subscription.scheduled_plan_id}`]] as const)),
    ...(subscription.cancel_at_period_end ? ([['Then', 'no plan']] as const) : []),
  ] as const;
}

function PlanActs({ id, subscription }: TenantPlanProps) {
  const runs = subscription !== null && subscription.status !== 'incomplete';
  return (
    <div className="flex flex-wrap gap-2">
      <Act
        id="platform.adminSetSubscription"
        least="admin"
        label="Put on a plan"
        title="Put it on a plan, by an invoice of yours"
        done="It is on the plan."
        effect={(values) => <Effect values={values} />}
        args={(reason, values) => ({
          params: { id },
          body: {
            plan_id: values['plan_id'] ?? '',
            reference: values['reference'],
            periods: Number(values['periods'] ?? 1),
            reason,
          },
        })}
      >
        <PlanField />
        <TextField
          label="Number of the invoice"
          name="reference"
          required
          maxLength={100}
          hint="It pays once: the same number again changes nothing."
        />
        <TextField
          label="Periods that it pays"
          name="periods"
          type="number"
          min={1}
          max={PERIODS_MAX}
          defaultValue="1"
          required
        />
      </Act>
      {runs ? (
        <Act
          id="platform.adminSetSubscription"
          least="admin"
          label="End the plan"
          title={`End ${subscription.plan_name}`}
          look="danger"
          done="The plan has ended."
          effect={
            <p>
              It ends now: its tier and limits go, and it grants nothing more. Credits that were granted stay until they
              expire. One that is paid through a payment provider is ended there first.
            </p>
          }
          args={(reason) => ({ params: { id }, body: { plan_id: null, reason } })}
        />
      ) : null}
    </div>
  );
}

/** The plans that may be given; asked for once the form is open. */
function usePlans(): readonly Plan[] | undefined {
  const plans = useOperation('platform.adminListPlans', { query: { limit: PLANS_MAX } }, { personal: true });
  return plans.data?.items.filter((plan) => plan.withdrawn_at === null);
}

function PlanField() {
  const plans = usePlans();
  return (
    <SelectField label="Plan" name="plan_id" required defaultValue="">
      <option value="">{plans === undefined ? 'reading the plans …' : 'choose one'}</option>
      {plans?.map((plan) => (
        <option key={plan.id} value={plan.id}>
          {plan.name} ({plan.id})
        </option>
      ))}
    </SelectField>
  );
}

function Effect({ values }: { readonly values: Readonly<Record<string, string>> }) {
  const plan = usePlans()?.find(({ id }) => id === values['plan_id']);
  if (plan === undefined) return <p>Say which.</p>;
  return (
    <p>
      {counted(Number(values['periods'] ?? 1), plan.period)} of {plan.name}:{' '}
      <b>
        {count(plan.credits_per_period)} credits a {plan.period}
      </b>
      , limits of the tier {plan.tier}. The same plan goes on where the paid time ends; another begins at once.
    </p>
  );
}
