import { POLICY_LIMITS, type PolicyInput } from '@turnpike/contracts';
import { PolicySet, UnusablePattern } from '@turnpike/policies';
import { AppError, uuidv7 } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { judgedBy, type PolicySetName, type StoredPolicy } from './stored-policy.ts';
import { findPolicy, insertPolicy, markDeleted, sizeOf, updatePolicy } from './stores/policies.ts';
import { announce, nextRevision } from './stores/revisions.ts';

/** Makes a policy. Throws 422 for a pattern that cannot be used, 409 where there are too many. */
export function createPolicyOf(
  database: Database,
  set: PolicySetName,
  rule: PolicyInput,
  by: string,
): Promise<StoredPolicy> {
  requireUsable(rule);
  return database.transaction(async (db) => {
    const revision = await nextRevision(db);
    const id = uuidv7();
    requireRoom(rule, await sizeOf(db, set, id));
    const made = await insertPolicy(db, set, { id, version: 1, rule, by });
    await announce(db, set, revision);
    return made;
  });
}

/** Replaces a policy. Throws 404, 409 where it was changed since `version`, and like `createPolicyOf`. */
export function replacePolicyOf(
  database: Database,
  set: PolicySetName,
  { id, version, rule, by }: { id: string; version: number; rule: PolicyInput; by: string },
): Promise<StoredPolicy> {
  requireUsable(rule);
  return database.transaction(async (db) => {
    const revision = await nextRevision(db);
    const known = await findPolicy(db, set, id);
    if (known === undefined) throw policyNotFound();
    if (known.version !== version)
      throw new AppError('resource.conflict', {
        detail: `The policy was changed since: its version is ${known.version}.`,
      });
    requireRoom(rule, await sizeOf(db, set, id));
    const changed = await updatePolicy(db, { id, version: version + 1, rule, by });
    await announce(db, set, revision);
    return changed;
  });
}

/** Deletes a policy. Throws 404. */
export function deletePolicyOf(database: Database, set: PolicySetName, id: string): Promise<void> {
  return database.transaction(async (db) => {
    const revision = await nextRevision(db);
    if ((await findPolicy(db, set, id)) === undefined) throw policyNotFound();
    await markDeleted(db, id);
    await announce(db, set, revision);
  });
}

/** The one 404 for a policy that there is not, and for that of another organisation or environment. */
export function policyNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'There is no such policy.' });
}

/** Throws 422 for a pattern that cannot be used; nothing else of a rule that has its shape can be wrong. */
export function requirePattern(rule: PolicyInput, path = 'body'): void {
  if (rule.type !== 'regex') return;
  try {
    new PolicySet([judgedBy({ id: '', version: 1, rule })]);
  } catch (error) {
    if (!(error instanceof UnusablePattern)) throw error;
    throw invalid(`${path}.config.pattern`, error.message, error);
  }
}

function requireUsable(rule: PolicyInput): void {
  requirePattern(rule);
}

function invalid(path: string, message: string, cause?: unknown): AppError {
  return new AppError('request.invalid', { detail: `${path}: ${message}`, errors: [{ path, message }], cause });
}

function requireRoom(
  rule: PolicyInput,
  { policies, chars }: { readonly policies: number; readonly chars: number },
): void {
  if (policies >= POLICY_LIMITS.rules)
    throw new AppError('tenant.limit_reached', {
      detail: `An organisation has at most ${POLICY_LIMITS.rules} policies in an environment.`,
    });
  if (chars + JSON.stringify(rule).length > POLICY_LIMITS.setChars)
    throw new AppError('tenant.limit_reached', {
      detail: `The policies of an environment have at most ${POLICY_LIMITS.setChars} characters together.`,
    });
}
