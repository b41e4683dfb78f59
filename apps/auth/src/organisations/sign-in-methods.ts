import { AppError } from '@turnpike/service-kit';
import type { OrganisationConfig } from './organisation-config.ts';

interface Needs {
  readonly organisationConfig: OrganisationConfig;
}

/** Whether an organisation takes sessions that were opened this way. Throws `service.unavailable` where nobody knows. */
export async function takesSignIn(
  { organisationConfig }: Needs,
  organisationId: string,
  method: string,
): Promise<boolean> {
  const { 'security.sign_in_methods': allowed } = await organisationConfig.of(organisationId);
  return allowed === null || allowed.some((each) => each === method);
}

/** Throws `tenant.sign_in_method_refused` for a session that was opened in a way that the organisation does not take. */
export async function requireSignInMethod(context: Needs, organisationId: string, method: string): Promise<void> {
  if (await takesSignIn(context, organisationId, method)) return;
  const { 'security.sign_in_methods': allowed } = await context.organisationConfig.of(organisationId);
  throw new AppError('tenant.sign_in_method_refused', {
    detail: `This organisation takes members who signed in by ${(allowed ?? []).join(' or ')}. Sign in again that way.`,
    extra: { allowed_methods: allowed },
  });
}
