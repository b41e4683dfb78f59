import { findRecordIds, RECORD_IDS_MAX } from '@turnpike/contracts';
import type { InternalClient, Logger } from '@turnpike/service-kit';
import type { StoredViolation } from './stores/violations.ts';

export interface LogIdsOptions {
  readonly usage: InternalClient;
  readonly logger: Logger;
}

/** Which records of the log the calls of violations have: usage knows, and a violation is shown without its record while usage is down. */
export class LogIds {
  readonly #options: LogIdsOptions;

  constructor(options: LogIdsOptions) {
    this.#options = options;
  }

  /** By the ids of the violations, which are one organisation's in one environment; those without a record are left out. Never rejects. */
  async of(violations: readonly StoredViolation[]): Promise<ReadonlyMap<string, string>> {
    // Of somebody who was erased nothing names the request.
    const named = violations.filter(({ requestId }) => requestId !== '').slice(0, RECORD_IDS_MAX);
    const [first] = named;
    if (first === undefined || first.organisationId === null || first.environment === null) return new Map();
    const { organisationId, environment } = first;
    const calls = named.map(({ requestId, createdAt }) => ({ request_id: requestId, at: createdAt.toISOString() }));
    try {
      const body = { organisation_id: organisationId, environment, calls };
      const { ids } = await this.#options.usage.call(findRecordIds, { body, repeatable: true });
      return new Map(
        named.flatMap(({ id }, index): [string, string][] => {
          const found = ids[index] ?? null;
          return found === null ? [] : [[id, found]];
        }),
      );
    } catch (err) {
      this.#options.logger.warn({ err }, 'violations are shown without the records of their calls');
      return new Map();
    }
  }
}
