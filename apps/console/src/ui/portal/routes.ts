import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { LINK_OUTCOMES, LINK_SEARCH, type LinkOutcome } from '../../shared/link-outcome.ts';
import type { Provider } from '../../shared/session-view.ts';
import { portalRoute } from '../app/routes.ts';
import { countOf, oneOf, onlyRead, textOf } from '../app/search.ts';

type Search = Record<string, unknown>;
interface Paged {
  readonly offset?: number | undefined;
}

const paged = (search: Search): Paged => {
  const offset = countOf(search, 'offset');
  return offset === undefined ? {} : { offset };
};

const start = createRoute({
  getParentRoute: () => portalRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./start/start-screen.tsx'), 'StartScreen'),
});

interface KeysSearch extends Paged {
  readonly project?: string | undefined;
  /** The form for a new key is open. */
  readonly make?: 'yes' | undefined;
}
const keys = createRoute({
  getParentRoute: () => portalRoute,
  path: '/keys',
  validateSearch: onlyRead((search): KeysSearch => {
    const [project, make] = [textOf(search, 'project'), oneOf(search, 'make', ['yes'])];
    return { ...paged(search), ...(project && { project }), ...(make && { make }) };
  }),
  component: lazyRouteComponent(() => import('./keys/keys-screen.tsx'), 'KeysScreen'),
});

const projects = createRoute({
  getParentRoute: () => portalRoute,
  path: '/projects',
  component: lazyRouteComponent(() => import('./projects/projects-screen.tsx'), 'ProjectsScreen'),
});

interface UsageSearch {
  readonly range?: '24h' | '7d' | '30d' | 'custom' | undefined;
  /** Days of one's choice, as `2026-11-28`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly by?: 'route' | 'key' | 'project' | 'status' | 'model' | undefined;
}
const usage = createRoute({
  getParentRoute: () => portalRoute,
  path: '/usage',
  validateSearch: onlyRead((search): UsageSearch => {
    const range = oneOf(search, 'range', ['24h', '7d', '30d', 'custom']);
    const [from, to] = [textOf(search, 'from', 10), textOf(search, 'to', 10)];
    const by = oneOf(search, 'by', ['route', 'key', 'project', 'status', 'model']);
    return { ...(range && { range }), ...(by && { by }), ...(from && { from }), ...(to && { to }) };
  }),
  component: lazyRouteComponent(() => import('./usage/usage-screen.tsx'), 'UsageScreen'),
});

interface RequestsSearch extends Paged {
  readonly status?: '2xx' | '3xx' | '4xx' | '5xx' | undefined;
  readonly path?: string | undefined;
  readonly request?: string | undefined;
  readonly key?: string | undefined;
  readonly days?: number | undefined;
}
const requests = createRoute({
  getParentRoute: () => portalRoute,
  path: '/requests',
  validateSearch: onlyRead((search): RequestsSearch => {
    const status = oneOf(search, 'status', ['2xx', '3xx', '4xx', '5xx']);
    const [path, request, key] = [textOf(search, 'path'), textOf(search, 'request'), textOf(search, 'key')];
    const days = countOf(search, 'days', 31);
    return {
      ...paged(search),
      ...(status && { status }),
      ...(path && { path }),
      ...(request && { request }),
      ...(key && { key }),
      ...(days && { days }),
    };
  }),
  component: lazyRouteComponent(() => import('./requests/requests-screen.tsx'), 'RequestsScreen'),
});

const request = createRoute({
  getParentRoute: () => portalRoute,
  path: '/requests/$id',
  component: lazyRouteComponent(() => import('./requests/request-screen.tsx'), 'RequestScreen'),
});

const credits = createRoute({
  getParentRoute: () => portalRoute,
  path: '/credits',
  validateSearch: onlyRead((search): Paged & { readonly as_of?: string | undefined } => {
    const asOf = textOf(search, 'as_of', 18);
    return { ...paged(search), ...(asOf && { as_of: asOf }) };
  }),
  component: lazyRouteComponent(() => import('./credits/credits-screen.tsx'), 'CreditsScreen'),
});

const limits = createRoute({
  getParentRoute: () => portalRoute,
  path: '/limits',
  component: lazyRouteComponent(() => import('./limits/limits-screen.tsx'), 'LimitsScreen'),
});

const organisations = createRoute({
  getParentRoute: () => portalRoute,
  path: '/organisations',
  component: lazyRouteComponent(() => import('./organisations/organisations-screen.tsx'), 'OrganisationsScreen'),
});

const invited = createRoute({
  getParentRoute: () => portalRoute,
  path: '/invites',
  component: lazyRouteComponent(() => import('./organisations/invited-screen.tsx'), 'InvitedScreen'),
});

const billing = createRoute({
  getParentRoute: () => portalRoute,
  path: '/billing',
  component: lazyRouteComponent(() => import('./billing/billing-screen.tsx'), 'BillingScreen'),
});

const members = createRoute({
  getParentRoute: () => portalRoute,
  path: '/members',
  component: lazyRouteComponent(() => import('./members/members-screen.tsx'), 'MembersScreen'),
});

const exports = createRoute({
  getParentRoute: () => portalRoute,
  path: '/exports',
  component: lazyRouteComponent(() => import('./exports/exports-screen.tsx'), 'ExportsScreen'),
});

const policies = createRoute({
  getParentRoute: () => portalRoute,
  path: '/policies',
  validateSearch: onlyRead(paged),
  component: lazyRouteComponent(() => import('./policies/policies-screen.tsx'), 'PoliciesScreen'),
});

const policy = createRoute({
  getParentRoute: () => portalRoute,
  path: '/policies/$id',
  validateSearch: onlyRead(paged),
  component: lazyRouteComponent(() => import('./policies/policy-screen.tsx'), 'PolicyScreen'),
});

const violation = createRoute({
  getParentRoute: () => portalRoute,
  path: '/policies/found/$id',
  component: lazyRouteComponent(() => import('./policies/violation-screen.tsx'), 'ViolationScreen'),
});

interface AccountSearch {
  /** How adding a provider ended. */
  readonly link?: LinkOutcome | undefined;
  readonly provider?: Provider | undefined;
}
const account = createRoute({
  getParentRoute: () => portalRoute,
  path: '/account',
  validateSearch: onlyRead((search): AccountSearch => {
    const link = oneOf(search, LINK_SEARCH.outcome, LINK_OUTCOMES);
    const provider = oneOf(search, LINK_SEARCH.provider, ['apple', 'google', 'github']);
    return { ...(link && { link }), ...(provider && { provider }) };
  }),
  component: lazyRouteComponent(() => import('./account/account-screen.tsx'), 'AccountScreen'),
});

/** The portal's screens. */
export const portalChildren = [
  start,
  keys,
  projects,
  usage,
  requests,
  request,
  credits,
  limits,
  organisations,
  invited,
  billing,
  members,
  exports,
  policies,
  policy,
  violation,
  account,
] as const;
