import type { PolicyRule } from '@turnpike/contracts';
import { PolicySet, UnusablePattern } from '@turnpike/policies';
import { unavailable, type Logger } from '@turnpike/service-kit';
import type { PolicySetName } from './stored-policy.ts';

export interface PolicySetsOptions {
  /** The operator's, which are for the calls of everybody; `undefined` where there are none. */
  readonly operator: PolicySet | undefined;
  /** The rules of an organisation that are enabled. */
  readonly load: (set: PolicySetName) => Promise<readonly PolicyRule[]>;
  readonly logger: Logger;
}

/** Sets that are kept, and characters of JSON of their rules together: compiled, a character of a word takes about 700 bytes. */
const SETS_MAX = 10_000;
const CHARS_MAX = 262_144;

type Rules = PolicySet | undefined;

interface Known {
  readonly rules: Rules | Promise<Rules>;
  readonly chars: number;
}

/** The rules for the calls of each organisation, the operator's and its own, compiled. Those that were read first make room. */
export class PolicySets {
  readonly #options: PolicySetsOptions;
  readonly #known = new Map<string, Known>();
  #chars = 0;

  constructor(options: PolicySetsOptions) {
    this.#options = options;
  }

  /**
   * The rules for a call; `undefined` where there are none. Where those of its organisation cannot be read throws 503, or is content with the
   * operator's, where calls are to go on then.
   */
  of(set: PolicySetName | undefined, goesOn = false): Rules | Promise<Rules> {
    const { operator, logger } = this.#options;
    if (set === undefined) return operator;
    const key = keyOf(set);
    const rules = this.#known.get(key)?.rules ?? this.#load(key, set);
    if (!goesOn || !(rules instanceof Promise)) return rules;
    return rules.catch((err: unknown) => {
      logger.warn({ err, ...set }, 'the policies of an organisation cannot be read, and its calls go on without them');
      return operator;
    });
  }

  /** A set has changed: it is read anew when it is needed. */
  forget(set: PolicySetName): void {
    this.#drop(keyOf(set));
  }

  /** Nobody knows what has changed. */
  forgetAll(): void {
    this.#known.clear();
    this.#chars = 0;
  }

  #load(key: string, set: PolicySetName): Promise<Rules> {
    const loading = this.#read(set);
    const rules = loading.then((read) => read.rules);
    this.#known.set(key, { rules, chars: 0 });
    // What changed while it was read was forgotten meanwhile, so that something else stands in its place, or nothing.
    const isHere = (): boolean => this.#known.get(key)?.rules === rules;
    loading.then(
      (read) => {
        if (isHere()) this.#keep(key, read);
      },
      () => {
        if (isHere()) this.#drop(key);
      },
    );
    return rules;
  }

  async #read(set: PolicySetName): Promise<{ rules: Rules; chars: number }> {
    const { load, operator, logger } = this.#options;
    try {
      const own = await load(set);
      if (own.length === 0) return { rules: operator, chars: 0 };
      return { rules: new PolicySet([...(operator?.rules ?? []), ...own]), chars: JSON.stringify(own).length };
    } catch (error) {
      // Written by another release, which took a pattern that this one does not: no call passes unseen.
      if (error instanceof UnusablePattern) logger.error({ err: error, ...set }, 'a stored policy cannot be used');
      throw unavailable('The policies of the organisation', error);
    }
  }

  #keep(key: string, known: Known): void {
    this.#known.set(key, known);
    this.#chars += known.chars;
    for (const [oldest] of this.#known) {
      if (this.#known.size <= SETS_MAX && this.#chars <= CHARS_MAX) return;
      if (oldest !== key) this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#chars -= this.#known.get(key)?.chars ?? 0;
    this.#known.delete(key);
  }
}

function keyOf({ organisationId, environment }: PolicySetName): string {
  return `${organisationId} ${environment}`;
}
