import { OPERATION_NAME } from '@turnpike/contracts';
import type { ChargeRule } from './route.ts';
import { topLevelMembers, UnreadableBody } from './top-level-members.ts';

/**
 * The operation a request is charged for. `body` is the whole request body, empty if there is none; it is read only by rules with
 * parameters. Throws `UnreadableBody` where no price can be decided.
 */
export function operationOf(rule: ChargeRule, body: Buffer): string {
  if (rule.parameters.length === 0) return rule.operation;
  const members = body.length === 0 ? new Map<string, unknown>() : topLevelMembers(utf8(body));
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

/** Strict, so that what is priced here cannot be read otherwise by a server that guesses encodings. A byte order mark is refused. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new UnreadableBody('The body is not valid UTF-8.');
  }
}
