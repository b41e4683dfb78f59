import type { Role } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';

/** 403: a member whose role is lower than the act asks for. */
export function roleTooLow(required: Role): AppError {
  return new AppError('tenant.role_insufficient', { extra: { required_role: required } });
}
