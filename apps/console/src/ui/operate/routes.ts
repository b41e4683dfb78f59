import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { operateRoute } from '../app/routes.ts';

const overview = createRoute({
  getParentRoute: () => operateRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-screen.tsx'), 'OverviewScreen'),
});

/** The operators' screens. */
export const operateChildren = [overview] as const;
