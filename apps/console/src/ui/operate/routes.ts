import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { operateRoute } from '../app/routes.ts';
import { given, oneOf, onlyRead } from '../app/search.ts';
import { listSearch } from './parts/list-search.ts';

const getParentRoute = () => operateRoute;

const overview = createRoute({
  getParentRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-screen.tsx'), 'OverviewScreen'),
});
const figures = createRoute({
  getParentRoute,
  path: '/figures',
  component: lazyRouteComponent(() => import('./figures/figures-screen.tsx'), 'FiguresScreen'),
});
const traffic = createRoute({
  getParentRoute,
  path: '/traffic',
  validateSearch: onlyRead((search): { range?: '5m' | '60m' | undefined } =>
    given({ range: oneOf(search, 'range', ['5m', '60m']) }),
  ),
  component: lazyRouteComponent(() => import('./traffic/traffic-screen.tsx'), 'TrafficScreen'),
});
const requests = createRoute({
  getParentRoute,
  path: '/requests',
  validateSearch: listSearch('request_id', 'user_id', 'status', 'error_code', 'route'),
  component: lazyRouteComponent(() => import('./traffic/requests-screen.tsx'), 'RequestsScreen'),
});
const request = createRoute({
  getParentRoute,
  path: '/requests/$recordId',
  component: lazyRouteComponent(() => import('./traffic/request-screen.tsx'), 'RequestScreen'),
});
const users = createRoute({
  getParentRoute,
  path: '/users',
  validateSearch: listSearch('q', 'external_id', 'key_prefix', 'request_id', 'status', 'tier'),
  component: lazyRouteComponent(() => import('./users/users-screen.tsx'), 'UsersScreen'),
});
const user = createRoute({
  getParentRoute,
  path: '/users/$userId',
  component: lazyRouteComponent(() => import('./users/user-screen.tsx'), 'UserScreen'),
});
const tenants = createRoute({
  getParentRoute,
  path: '/organisations',
  validateSearch: listSearch('q', 'status', 'plan'),
  component: lazyRouteComponent(() => import('./tenants/tenants-screen.tsx'), 'TenantsScreen'),
});
const tenant = createRoute({
  getParentRoute,
  path: '/organisations/$tenantId',
  component: lazyRouteComponent(() => import('./tenants/tenant-screen.tsx'), 'TenantScreen'),
});
const plans = createRoute({
  getParentRoute,
  path: '/plans',
  validateSearch: listSearch(),
  component: lazyRouteComponent(() => import('./plans/plans-screen.tsx'), 'PlansScreen'),
});
const keys = createRoute({
  getParentRoute,
  path: '/keys',
  validateSearch: listSearch('prefix', 'user_id', 'organisation_id'),
  component: lazyRouteComponent(() => import('./keys/keys-screen.tsx'), 'KeysScreen'),
});
const ledger = createRoute({
  getParentRoute,
  path: '/ledger',
  component: lazyRouteComponent(() => import('./ledger/ledger-screen.tsx'), 'LedgerScreen'),
});
const prices = createRoute({
  getParentRoute,
  path: '/prices',
  validateSearch: listSearch(),
  component: lazyRouteComponent(() => import('./prices/prices-screen.tsx'), 'PricesScreen'),
});
const price = createRoute({
  getParentRoute,
  path: '/prices/$operation',
  validateSearch: listSearch(),
  component: lazyRouteComponent(() => import('./prices/price-screen.tsx'), 'PriceScreen'),
});
const routes = createRoute({
  getParentRoute,
  path: '/routes',
  validateSearch: listSearch('method', 'path'),
  component: lazyRouteComponent(() => import('./edges/routes-screen.tsx'), 'RoutesScreen'),
});
const upstreams = createRoute({
  getParentRoute,
  path: '/backends',
  component: lazyRouteComponent(() => import('./edges/upstreams-screen.tsx'), 'UpstreamsScreen'),
});
const audit = createRoute({
  getParentRoute,
  path: '/audit',
  validateSearch: listSearch('user_id', 'action', 'actor', 'operator_id', 'request_id', 'since', 'until'),
  component: lazyRouteComponent(() => import('./audit/audit-screen.tsx'), 'AuditScreen'),
});
const erasures = createRoute({
  getParentRoute,
  path: '/erasures',
  validateSearch: listSearch('show'),
  component: lazyRouteComponent(() => import('./erasures/erasures-screen.tsx'), 'ErasuresScreen'),
});
const queues = createRoute({
  getParentRoute,
  path: '/queues',
  validateSearch: listSearch('queue'),
  component: lazyRouteComponent(() => import('./queues/queues-screen.tsx'), 'QueuesScreen'),
});
const configuration = createRoute({
  getParentRoute,
  path: '/configuration',
  validateSearch: listSearch(),
  component: lazyRouteComponent(() => import('./configuration/configuration-screen.tsx'), 'ConfigurationScreen'),
});
const operators = createRoute({
  getParentRoute,
  path: '/operators',
  component: lazyRouteComponent(() => import('./operators/operators-screen.tsx'), 'OperatorsScreen'),
});

/** The operators' screens. */
export const operateChildren = [
  overview,
  figures,
  traffic,
  requests,
  request,
  users,
  user,
  tenants,
  tenant,
  plans,
  keys,
  ledger,
  prices,
  price,
  routes,
  upstreams,
  audit,
  erasures,
  queues,
  configuration,
  operators,
] as const;
