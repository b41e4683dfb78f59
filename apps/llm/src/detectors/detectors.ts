import type { ExternalRule, Finding } from '@turnpike/policies';
import { uuidv7 } from '@turnpike/service-kit';
import type { CallFacts } from '../violations/stored-violation.ts';
import { DetectorFailed, type DetectorClient, type Question } from './detector-client.ts';
import type { InspectionQueue } from './inspection-queue.ts';

/** What detectors said that a call waited for. */
export interface Verdicts {
  readonly findings: readonly Finding[];
  /** A rule that wants the call refused, as its detector did not answer. */
  readonly unanswered: ExternalRule | undefined;
}

/** Detectors of others: those that may block are asked while the call waits, those that flag afterwards. */
export class Detectors {
  readonly #client: DetectorClient;
  readonly #queue: InspectionQueue;

  constructor(client: DetectorClient, queue: InspectionQueue) {
    this.#client = client;
    this.#queue = queue;
  }

  async ask(rules: readonly ExternalRule[], question: Question): Promise<Verdicts> {
    const findings: Finding[] = [];
    let unanswered: ExternalRule | undefined;
    await Promise.all(
      rules.filter(mayBlock).map(async (rule) => {
        try {
          const finding = await this.#client.ask(rule, question);
          if (finding !== undefined) findings.push(finding);
        } catch (error) {
          if (!(error instanceof DetectorFailed)) throw error;
          if (rule.config.on_error === 'block') unanswered = rule;
        }
      }),
    );
    return { findings, unanswered };
  }

  /** Asks the others without anybody waiting. */
  askLater(rules: readonly ExternalRule[], question: Question, call: CallFacts): void {
    const asked = rules.filter((rule) => !mayBlock(rule)).map((rule) => ({ rule, violationId: uuidv7() }));
    if (asked.length > 0) void this.#queue.add({ call, question, rules: asked, at: Date.now() });
  }
}

/** Whether a call waits for the detector of a rule. */
export function mayBlock({ action }: ExternalRule): boolean {
  return action === 'block';
}
