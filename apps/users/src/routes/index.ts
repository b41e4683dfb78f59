import type { Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { findOrCreateUserRoute } from './find-or-create-user.ts';
import { getUserRoute } from './get-user.ts';
import { lookupUserRoute } from './lookup-user.ts';
import { resolveUserRoute } from './resolve-user.ts';
import { setUserStatusRoute } from './set-user-status.ts';
import { updateUserRoute } from './update-user.ts';

/** Every route of the service; `lookup` stands before `:id`, which would match it too. */
export const routes = (context: Context): Route[] => [
  resolveUserRoute(context),
  findOrCreateUserRoute(context),
  lookupUserRoute(context),
  getUserRoute(context),
  updateUserRoute(context),
  setUserStatusRoute(context),
];
