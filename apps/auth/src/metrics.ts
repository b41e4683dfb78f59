import { Counter } from '@prometheus-io/client';
import type { Metrics } from '@turnpike/service-kit';

/** What an operator watches of the sessions, beside the figures every service has. */
export interface AuthMetrics {
  /** Refreshes that reached the database, by outcome; `reused` is somebody holding a token that was replaced long ago. */
  readonly refreshes: Counter<'outcome'>;
  /** Introspections, by result: `active`, or why not. */
  readonly introspections: Counter<'result'>;
  /** Revocations, by how they went: `announced` at once, `deferred` because Redis was down, `relayed` later. */
  readonly revocations: Counter<'way'>;
  /** Passwords that were compared, by outcome: `right` or `wrong`. */
  readonly passwordChecks: Counter<'outcome'>;
  /** New passwords that were looked for among breached ones, by outcome: `listed`, `clear`, or `unavailable`. */
  readonly breachChecks: Counter<'outcome'>;
}

/** Registers auth's own figures. */
export function createAuthMetrics({ registry }: Metrics): AuthMetrics {
  const registers = [registry];
  return {
    refreshes: new Counter({
      name: 'turnpike_auth_refreshes_total',
      help: 'Refreshes by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    introspections: new Counter({
      name: 'turnpike_auth_introspections_total',
      help: 'Introspections by result.',
      labelNames: ['result'],
      registers,
    }),
    revocations: new Counter({
      name: 'turnpike_auth_revocations_total',
      help: 'Revocations by how the edges were told: announced, deferred, relayed.',
      labelNames: ['way'],
      registers,
    }),
    passwordChecks: new Counter({
      name: 'turnpike_auth_password_checks_total',
      help: 'Passwords that were compared, by outcome: right, wrong.',
      labelNames: ['outcome'],
      registers,
    }),
    breachChecks: new Counter({
      name: 'turnpike_auth_breach_checks_total',
      help: 'New passwords that were looked for among breached ones, by outcome: listed, clear, unavailable.',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
