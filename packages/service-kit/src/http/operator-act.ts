import type { GatewayIdentity } from '../keys/gateway-identity.ts';
import { AppError } from './errors.ts';

/** Who acts on a route for operators and why, as an event for the audit trail takes it. */
export interface OperatorAct {
  /** `undefined` for a programme with an admin key. */
  readonly operator_id: string | undefined;
  readonly detail: Readonly<Record<string, string>>;
}

/** The act of an operator. Throws 422 where a person gives no reason. */
export function operatorAct(identity: GatewayIdentity | undefined, reason: string | undefined): OperatorAct {
  if (identity !== undefined && reason === undefined)
    throw new AppError('request.invalid', {
      detail: 'body.reason: Required',
      errors: [{ path: 'body.reason', message: 'Required' }],
    });
  return { operator_id: identity?.userId, detail: reason === undefined ? {} : { reason } };
}
