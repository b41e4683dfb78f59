import type { LlmProvider } from '@turnpike/contracts';
import type { Violation } from '@turnpike/policies';

/** Who made the call, and which it was. */
export interface CallFacts {
  readonly organisationId: string | undefined;
  readonly environment: string | undefined;
  readonly userId: string;
  readonly keyId: string | undefined;
  readonly requestId: string;
  readonly provider: LlmProvider;
  readonly model: string;
}

/** A violation as it is written. */
export interface NewViolation extends Violation {
  /** UUID, version 7. */
  readonly id: string;
  readonly call: CallFacts;
  /** `sync`: before the answer was given; `async`: after it. */
  readonly phase: 'sync' | 'async';
  readonly createdAt: Date;
}
