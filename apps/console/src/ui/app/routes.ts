import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { isOwnPath } from '../../shared/own-path.ts';
import { scopeSearch, type ScopeSearch } from '../api/scope.ts';
import { sessionQuery } from '../api/session.ts';
import { Failed } from './failed.tsx';
import { NotFound } from './not-found.tsx';
import { oneOf, onlyRead, textOf } from './search.ts';

/** Every address says where its screen works; links keep it. */
export const rootRoute = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  validateSearch: (search: Record<string, unknown>): ScopeSearch => scopeSearch(search),
  search: { middlewares: [retainSearchParams(['org', 'env'])] },
  notFoundComponent: NotFound,
  errorComponent: Failed,
});

interface SignInSearch {
  /** Where they wanted to be. */
  readonly next?: string | undefined;
  readonly failed?: 'provider' | undefined;
  readonly ended?: 'yes' | undefined;
}

/** The sign-in; whoever is signed in goes on to where they wanted to be. */
export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: onlyRead((search): SignInSearch => {
    const next = textOf(search, 'next', 1_000);
    const failed = oneOf(search, 'failed', ['provider']);
    const ended = oneOf(search, 'ended', ['yes']);
    return { ...(isOwnPath(next) && { next }), ...(failed && { failed }), ...(ended && { ended }) };
  }),
  component: lazyRouteComponent(() => import('../sign-in/sign-in-screen.tsx'), 'SignInScreen'),
});

/** Of the parts' layouts: leads whoever is not signed in to the sign-in, and back afterwards. */
async function signedInOnly(queryClient: QueryClient, href: string) {
  const session = await queryClient.ensureQueryData(sessionQuery);
  if (!session.signed_in) throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } });
  return session;
}

/** The portal: what a developer sees of their own account, or of an organisation. */
export const portalRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'portal',
  beforeLoad: async ({ context: { queryClient }, location }) => {
    const session = await signedInOnly(queryClient, location.href);
    if (!session.parts.includes('portal')) throw redirect({ to: '/operate' });
  },
  component: lazyRouteComponent(() => import('../portal/portal-shell.tsx'), 'PortalShell'),
});

/** The operators' part. */
export const operateRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/operate',
  beforeLoad: async ({ context: { queryClient }, location }) => {
    const session = await signedInOnly(queryClient, location.href);
    if (session.parts.includes('portal') && session.me.operator_role === null) throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('../operate/operate-shell.tsx'), 'OperateShell'),
});
