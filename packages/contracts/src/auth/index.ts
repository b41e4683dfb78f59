import { authFigures } from './figures.ts';
import { inspectCredential } from './inspection.ts';
import {
  disableAccount,
  eraseAuthData,
  exportAuthData,
  introspect,
  listRevocations,
  readOrganisation,
} from './internal.ts';
import { deleteMe, getMe, updateMe } from './me.ts';
import { describePeople, findPeople } from './people.ts';
import { providerEndpoints } from './providers.ts';
import { deleteSession, listSessions, logout, refreshSession } from './sessions.ts';
import { demoSignIn, devToken, serviceToken, signInMethods } from './sign-in.ts';
import { jwks } from './well-known.ts';

export * from './inspection.ts';
export * from './internal.ts';
export * from './me.ts';
export * from './people.ts';
export * from './browser-sign-in.ts';
export { signInProvider, type SignInProvider } from './provider-fields.ts';
export * from './figures.ts';
export * from './providers.ts';
export * from './sessions.ts';
export * from './sign-in.ts';
export * from './well-known.ts';

/** Every endpoint the auth service serves. */
export const authEndpoints = [
  ...providerEndpoints,
  signInMethods,
  demoSignIn,
  devToken,
  serviceToken,
  refreshSession,
  logout,
  getMe,
  updateMe,
  deleteMe,
  listSessions,
  deleteSession,
  jwks,
  introspect,
  inspectCredential,
  listRevocations,
  readOrganisation,
  authFigures,
  disableAccount,
  describePeople,
  findPeople,
  eraseAuthData,
  exportAuthData,
] as const;
