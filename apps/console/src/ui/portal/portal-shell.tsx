import { Link, useRouterState } from '@tanstack/react-router';
import {
  Activity,
  Building2,
  ChartColumn,
  CreditCard,
  FileArchive,
  FolderKanban,
  Gauge,
  House,
  KeyRound,
  Receipt,
  ServerCog,
  ShieldCheck,
  UserRound,
  UsersRound,
} from 'lucide-react';
import { useState } from 'react';
import { useScope } from '../api/scope.ts';
import { useSignedIn } from '../api/session.ts';
import { Shell, WhileSignedIn, type Place } from '../app/shell.tsx';
import { buttonClass } from '../design/button.tsx';
import { Card, Page } from '../design/page.tsx';
import { Empty } from '../design/states.tsx';
import { useOrganisations } from './organisations/use-organisations.ts';
import { ScopeSwitch } from './scope-switch.tsx';

const START: Place = { to: '/', name: 'Start', icon: House, exact: true };
const KEYS: readonly Place[] = [
  { to: '/keys', name: 'API keys', icon: KeyRound },
  { to: '/projects', name: 'Projects', icon: FolderKanban },
];
const USE: readonly Place[] = [
  { to: '/usage', name: 'Usage', icon: ChartColumn },
  { to: '/requests', name: 'Requests', icon: Activity },
];
const CREDITS: Place = { to: '/credits', name: 'Credits', icon: Receipt };
const BILLING: Place = { to: '/billing', name: 'Plan and billing', icon: CreditCard };
const LIMITS: Place = { to: '/limits', name: 'Limits', icon: Gauge };
const ORGANISATIONS: Place = { to: '/organisations', name: 'Organisations', icon: Building2 };
const ACCOUNT: Place = { to: '/account', name: 'Account', icon: UserRound };
const MEMBERS: Place = { to: '/members', name: 'Members', icon: UsersRound };
const EXPORTS: Place = { to: '/exports', name: 'Exports', icon: FileArchive };
const POLICIES: Place = { to: '/policies', name: 'Policies', icon: ShieldCheck };
const OPERATE: Place = { to: '/operate', name: 'Operate', icon: ServerCog };

/** The portal's frame: what can be seen of one's own account, or of the organisation that the address names. */
export function PortalShell() {
  return (
    <WhileSignedIn>
      <Frame />
    </WhileSignedIn>
  );
}

/** What is of the person, wherever they work. */
const OF_PEOPLE = [ORGANISATIONS.to, ACCOUNT.to, '/invites'];
/** What an account of one's own does not have. */
const OF_ORGANISATIONS = [BILLING, MEMBERS, EXPORTS, POLICIES];

function Frame() {
  const scope = useScope();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const missing = scope === undefined && OF_ORGANISATIONS.find(({ to }) => path === to || path.startsWith(`${to}/`));
  const { me, parts } = useSignedIn();
  const places =
    scope === undefined
      ? [
          [START, ...KEYS],
          [...USE, CREDITS, LIMITS],
          [ORGANISATIONS, ACCOUNT],
        ]
      : [
          [START, ...KEYS, POLICIES],
          [...USE, CREDITS, BILLING, LIMITS],
          [MEMBERS, EXPORTS, ORGANISATIONS, ACCOUNT],
        ];
  const personal = OF_PEOPLE.some((place) => path === place);
  const stranger = useIsStranger(personal ? undefined : scope?.organisation);
  const operates = me.operator_role !== null && parts.includes('operate');
  return (
    <Shell part="Portal" places={places} head={<ScopeSwitch />} other={operates ? OPERATE : undefined}>
      {missing ? (
        <NoOrganisation title={missing.name} />
      ) : stranger ? (
        <Stranger slug={scope?.organisation ?? ''} />
      ) : undefined}
    </Shell>
  );
}

/** Whether one belongs to no organisation of this slug: `false` until that is known, and what is known stays while it is asked again. */
function useIsStranger(slug: string | undefined): boolean {
  const { data, isFetching } = useOrganisations();
  const [strange, setStrange] = useState<string | undefined>();
  const belongs = data?.items.some((organisation) => organisation.slug === slug) === true;
  const settled = data !== undefined && !isFetching && data.total <= data.items.length;
  if (slug !== undefined && !belongs && settled && strange !== slug) setStrange(slug);
  return slug !== undefined && !belongs && strange === slug;
}

/** For an address of an organisation that one has left, or never belonged to. */
function Stranger({ slug }: { readonly slug: string }) {
  return (
    <Page title="Not an organisation of yours">
      <Card>
        <Empty title={`You do not belong to ${slug}`}>
          <p className="mb-3">
            It may have been renamed or archived, or you have left it. Choose where you work above the navigation.
          </p>
          <Link
            to="/organisations"
            search={{ org: undefined, env: undefined }}
            className={buttonClass('secondary', true)}
          >
            Your organisations
          </Link>
        </Empty>
      </Card>
    </Page>
  );
}

/** For an address that was kept or sent on without its organisation. */
function NoOrganisation({ title }: { readonly title: string }) {
  return (
    <Page title={title} about="Only organisations have this.">
      <Card>
        <Empty title="Choose an organisation">
          <p className="mb-3">Your own account has none of this. Choose where you work above the navigation.</p>
          <Link to="/organisations" className={buttonClass('secondary', true)}>
            Your organisations
          </Link>
        </Empty>
      </Card>
    </Page>
  );
}
