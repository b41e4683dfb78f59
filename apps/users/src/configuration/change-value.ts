import { configKeySpec, type ConfigKey } from '@turnpike/contracts';
import { AppError, namesPrivateAddress, writeEvent, type OperatorAct } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { reportOf } from '../users/stores/audit-events.ts';
import type { ConfigJson, StoredValue } from './domain/chain.ts';
import { checkedValue } from './domain/registry.ts';
import { digestOf, openSecret, sealSecret, type Vault } from './domain/secrets.ts';
import { findValues, lockValue, writeValue } from './stores/config-values.ts';

/** Who changes it: a member of the organisation, or an operator. */
export type ChangedBy = { readonly member: string } | { readonly operator: OperatorAct };

/** What is to become of a key in one place. */
export interface ValueChange {
  /** `undefined`: for everybody. */
  readonly organisationId: string | undefined;
  readonly key: ConfigKey;
  /** Null takes the value away; `undefined` leaves it. */
  readonly value?: ConfigJson | null | undefined;
  readonly isLocked?: boolean | undefined;
  /** The version that is to be replaced, where the caller names one. */
  readonly version: number | undefined;
  readonly by: ChangedBy;
  readonly requestId: string;
}

/**
 * Sets or takes away a value, in one transaction with its entry in the audit trail; what is that way already changes nothing. Throws 422 for
 * a value that the registry refuses, `config.locked` for an organisation's value of a key that operators hold, and `resource.conflict` for
 * another version than was named.
 */
export async function changeValue(
  {
    config,
    database,
    configAnnouncements,
    relay,
    vault,
  }: Pick<Context, 'config' | 'database' | 'configAnnouncements' | 'relay' | 'vault'>,
  change: ValueChange,
): Promise<void> {
  const { organisationId, key, version } = change;
  const wanted = change.value === undefined || change.value === null ? change.value : checkedValue(key, change.value);
  if (!config.ALERTS_ANYWHERE) requirePublic(key, wanted);
  const changed = await database.transaction(async (db) => {
    const before = await lockValue(db, organisationId, key);
    if (organisationId !== undefined && wanted !== null) {
      const stored = await findValues(db, undefined, [key]);
      if (stored.system(key)?.isLocked === true)
        throw new AppError('config.locked', { detail: 'An operator holds this key as it is.' });
    }
    if (version !== undefined && version !== before.version)
      throw new AppError('resource.conflict', { detail: `The version is ${before.version} now. Read it anew.` });
    const next = nextOf(vault, change, wanted, before);
    if (next === undefined) return false;
    await writeValue(db, organisationId, key, { ...next, updatedBy: personOf(change.by) });
    await writeEvent(db.query, 'audit.recorded', auditOf(vault, change, wanted));
    return true;
  });
  if (!changed) return;
  configAnnouncements.kick();
  relay.kick();
}

/** Throws 422 for a URL that we shall not call. What a name leads to is judged when it is called. */
function requirePublic(key: ConfigKey, value: ConfigJson | null | undefined): void {
  if (configKeySpec(key).called !== true || typeof value !== 'string') return;
  const message = !value.toLowerCase().startsWith('https:')
    ? 'Must be an https URL'
    : namesPrivateAddress(value)
      ? 'Must lead to a public address'
      : undefined;
  if (message !== undefined)
    throw new AppError('request.invalid', {
      detail: `body.value: ${message}`,
      errors: [{ path: 'body.value', message }],
    });
}

type Next = Pick<StoredValue, 'value' | 'sealed' | 'isLocked'>;

/** `undefined` where everything is that way already. */
function nextOf(
  vault: Vault,
  { organisationId, key, isLocked }: ValueChange,
  wanted: ConfigJson | null | undefined,
  before: StoredValue,
): Next | undefined {
  const lock = isLocked ?? before.isLocked;
  const held = before.sealed === null ? before.value : openSecret(vault, organisationId, key, before.sealed);
  const isSame = wanted === undefined || JSON.stringify(wanted) === JSON.stringify(held);
  if (isSame) return lock === before.isLocked ? undefined : { ...before, isLocked: lock };
  if (wanted === null || !configKeySpec(key).secret) return { value: wanted, sealed: null, isLocked: lock };
  return { value: null, sealed: sealSecret(vault, organisationId, key, String(wanted)), isLocked: lock };
}

/** The entry in the audit trail: the key, and never the value. */
function auditOf(vault: Vault, change: ValueChange, wanted: ConfigJson | null | undefined) {
  const { organisationId, key, isLocked, by, requestId } = change;
  const detail = {
    ...('operator' in by ? by.operator.detail : {}),
    key,
    ...(wanted === undefined || wanted === null ? {} : { digest: digestOf(vault, wanted) }),
    ...(isLocked === undefined ? {} : { locked: String(isLocked) }),
  };
  const action = wanted === null ? 'config.reset' : 'config.set';
  const report =
    'operator' in by
      ? reportOf({ action, actor: 'operator', requestId, operatorId: by.operator.operator_id, detail })
      : reportOf({ action, actor: 'user', requestId, detail }, by.member);
  return organisationId === undefined ? report : { ...report, organisation_id: organisationId };
}

/** `null` for a programme with an operator's key. */
function personOf(by: ChangedBy): string | null {
  return 'operator' in by ? (by.operator.operator_id ?? null) : by.member;
}
