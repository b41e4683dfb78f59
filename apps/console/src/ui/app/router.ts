import { createRouter } from '@tanstack/react-router';
import { operateChildren } from '../operate/routes.ts';
import { portalChildren } from '../portal/routes.ts';
import { queryClient } from './query-client.ts';
import { operateRoute, portalRoute, rootRoute, signInRoute } from './routes.ts';

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    portalRoute.addChildren(portalChildren),
    operateRoute.addChildren(operateChildren),
  ]),
  context: { queryClient },
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
