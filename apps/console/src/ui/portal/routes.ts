import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { portalRoute } from '../app/routes.ts';

const start = createRoute({
  getParentRoute: () => portalRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./start/start-screen.tsx'), 'StartScreen'),
});

/** The portal's screens. */
export const portalChildren = [start] as const;
