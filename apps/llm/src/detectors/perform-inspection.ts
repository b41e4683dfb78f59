import { violationsOf } from '@turnpike/policies';
import type { NewViolation } from '../violations/stored-violation.ts';
import type { DetectorClient } from './detector-client.ts';
import type { Inspection } from './inspection-queue.ts';

/** Asks the detectors of an inspection, and tells of what they find. Rejects where one did not answer; what was found is found once, however often it is asked. */
export async function performInspection(
  { call, question, rules, at }: Inspection,
  client: DetectorClient,
  found: (violations: readonly NewViolation[]) => void,
): Promise<void> {
  const asked = await Promise.allSettled(
    rules.map(async ({ rule, violationId }) => {
      const finding = await client.ask(rule, question);
      if (finding === undefined) return;
      const violations = violationsOf([finding], question.direction);
      found(
        violations.map((violation) => ({
          ...violation,
          id: violationId,
          call,
          phase: 'async',
          createdAt: new Date(at),
        })),
      );
    }),
  );
  const failed = asked.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
