import { OPERATION_NAME } from '@turnpike/contracts';
import type { ChargeRule } from './route.ts';
import { UnreadableBody } from './top-level-members.ts';

/** The operation a request is charged for, by the members of its body. Throws `UnreadableBody` where no price can be decided. */
export function operationOf(rule: ChargeRule, members: ReadonlyMap<string, unknown>): string {
  let operation = rule.operation;
  for (const { name, member, fallback } of rule.parameters) {
    refuseOtherSpellings(member, members);
    const value = members.get(member) ?? fallback;
    if (typeof value !== 'string' || !OPERATION_NAME.test(value)) {
      throw new UnreadableBody('Must be a name of lower-case letters, digits, and _ . : -', member);
    }
    operation = operation.replace(`{${name}}`, value);
  }
  const [{ member } = { member: undefined }] = rule.parameters;
  if (!OPERATION_NAME.test(operation)) throw new UnreadableBody('Is too long to name an operation', member);
  return operation;
}

/** The operation of a request whose body names none: every placeholder by its default. */
export function defaultOperation(rule: ChargeRule): string {
  return rule.parameters.reduce((text, { name, fallback }) => text.replace(`{${name}}`, fallback), rule.operation);
}

/** Some parsers, Go's among them, match names without regard to letter case: they would do the work of a member that had no part in the price. */
function refuseOtherSpellings(member: string, members: ReadonlyMap<string, unknown>): void {
  for (const other of members.keys()) {
    if (other !== member && folded(other) === folded(member))
      throw new UnreadableBody(
        'Must be spelled exactly so, and once: some servers read other letter cases as the same',
        member,
      );
  }
}

/** Both ways, as some characters (ſ, K) meet a letter of ASCII in one direction only. */
const folded = (name: string): string => name.toLowerCase().toUpperCase();
