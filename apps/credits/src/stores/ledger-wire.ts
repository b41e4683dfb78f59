import { z } from 'zod';
import type { AllowanceResult, Grant, GrantResult, VoidResult, WriteOffResult } from '../domain/grant.ts';
import type { ExtensionResult, HoldRequest, HoldResult } from '../domain/hold.ts';
import type { Charge, ChargeResult, Resolution, ResolutionResult } from '../domain/settlement.ts';

/**
 * How the ledger's SQL functions take their arguments and say their results: JSON objects with amounts as text, since JSON numbers are not
 * exact, and moments as PostgreSQL writes them. A member that is `undefined` is left out.
 */

const amount = z.string().regex(/^-?\d+$/);
const moment = z.string();
const refusal = <const O extends readonly [string, ...string[]]>(outcomes: O) =>
  z.object({ outcome: z.enum(outcomes) });

/** Schemas of the results. */
export const wire = {
  hold: z.union([
    z.object({
      outcome: z.literal('reserved'),
      id: z.string(),
      amount,
      available: amount,
      expires_at: moment,
      price_version: z.number().int().nullish(),
      replayed: z.boolean().optional(),
    }),
    z.object({ outcome: z.literal('insufficient'), amount, available: amount }),
    refusal(['gone', 'conflict', 'closed', 'operation_unknown']),
  ]),
  resolution: z.union([
    z.object({
      outcome: z.literal('settled'),
      transaction_id: z.string(),
      charged: amount,
      available: amount,
      became_debt: amount.optional(),
      replayed: z.boolean().optional(),
    }),
    z.object({
      outcome: z.literal('released'),
      released: amount,
      available: amount,
      replayed: z.boolean().optional(),
      tombstone: z.boolean().optional(),
    }),
    refusal(['already_settled', 'already_released', 'not_found']),
  ]),
  extension: z.union([
    z.object({ outcome: z.literal('extended'), id: z.string(), expires_at: moment }),
    refusal(['resolved', 'not_found']),
  ]),
  grant: z.union([
    z.object({
      outcome: z.literal('granted'),
      created: z.boolean(),
      grant_id: z.string(),
      granted: amount,
      available: amount,
    }),
    refusal(['closed', 'erased', 'expired', 'limit']),
  ]),
  charge: z.union([
    z.object({ outcome: z.literal('spent'), transaction_id: z.string(), available: amount }),
    z.object({ outcome: z.literal('insufficient'), available: amount }),
    refusal(['closed']),
  ]),
  void: z.union([
    z.object({ outcome: z.literal('voided'), voided: amount, held: amount, available: amount }),
    refusal(['not_found']),
  ]),
  writeOff: z.union([z.object({ outcome: z.literal('written_off'), amount }), refusal(['not_found'])]),
  allowance: z.union([
    z.object({ outcome: z.literal('active'), plan: z.string(), anchor_at: moment, next_due_at: moment }),
    refusal(['unknown_plan', 'erased', 'closed']),
  ]),
} as const;

type Wire<K extends keyof typeof wire> = z.output<(typeof wire)[K]>;

export function holdToWire({
  id,
  owner,
  amount: micro,
  operation,
  transactionType,
  ttlMs,
  requestHash,
  actor,
}: HoldRequest) {
  return {
    id,
    owner_type: owner.type,
    owner_id: owner.id,
    amount: micro?.toString(),
    operation,
    transaction_type: transactionType,
    ttl_ms: ttlMs,
    request_hash: requestHash.toString('hex'),
    actor,
  };
}

export function holdFromWire(result: Wire<'hold'>): HoldResult {
  if (result.outcome === 'reserved')
    return {
      outcome: 'reserved',
      id: result.id,
      amount: BigInt(result.amount),
      available: BigInt(result.available),
      expiresAt: new Date(result.expires_at),
      priceVersion: result.price_version ?? undefined,
      replayed: result.replayed ?? false,
    };
  if (result.outcome === 'insufficient')
    return { outcome: 'insufficient', amount: BigInt(result.amount), available: BigInt(result.available) };
  return { outcome: result.outcome };
}

export function resolutionToWire({ id, action, owner, amount: micro, actor }: Resolution) {
  return { id, action, owner_type: owner?.type, owner_id: owner?.id, amount: micro?.toString(), actor };
}

export function resolutionFromWire(result: Wire<'resolution'>): ResolutionResult {
  if (result.outcome === 'settled')
    return {
      outcome: 'settled',
      transactionId: result.transaction_id,
      charged: BigInt(result.charged),
      available: BigInt(result.available),
      becameDebt: BigInt(result.became_debt ?? 0),
      replayed: result.replayed ?? false,
    };
  if (result.outcome === 'released')
    return {
      outcome: 'released',
      released: BigInt(result.released),
      available: BigInt(result.available),
      replayed: result.replayed ?? false,
      tombstone: result.tombstone ?? false,
    };
  return { outcome: result.outcome };
}

export function extensionFromWire(result: Wire<'extension'>): ExtensionResult {
  if (result.outcome !== 'extended') return { outcome: result.outcome };
  return { outcome: 'extended', id: result.id, expiresAt: new Date(result.expires_at) };
}

export function grantToWire(grant: Grant) {
  return {
    owner_type: grant.owner.type,
    owner_id: grant.owner.id,
    amount: grant.amount.toString(),
    source: grant.source,
    source_ref: grant.sourceRef,
    transaction_type: grant.transactionType,
    priority: grant.priority,
    expires_at: grant.expiresAt?.toISOString(),
    description: grant.description ?? undefined,
    actor: grant.actor,
    report: grant.report,
  };
}

export function grantFromWire(result: Wire<'grant'>): GrantResult {
  if (result.outcome !== 'granted') return { outcome: result.outcome };
  return {
    outcome: 'granted',
    created: result.created,
    grantId: result.grant_id,
    granted: BigInt(result.granted),
    available: BigInt(result.available),
  };
}

export function chargeToWire({ owner, amount: micro, transactionType, description, actor }: Charge) {
  return {
    owner_type: owner.type,
    owner_id: owner.id,
    amount: micro.toString(),
    transaction_type: transactionType,
    description: description ?? undefined,
    actor,
  };
}

export function chargeFromWire(result: Wire<'charge'>): ChargeResult {
  if (result.outcome === 'spent')
    return { outcome: 'spent', transactionId: result.transaction_id, available: BigInt(result.available) };
  if (result.outcome === 'insufficient') return { outcome: 'insufficient', available: BigInt(result.available) };
  return { outcome: result.outcome };
}

export function voidFromWire(result: Wire<'void'>): VoidResult {
  if (result.outcome !== 'voided') return { outcome: result.outcome };
  const { voided, held, available } = result;
  return { outcome: 'voided', voided: BigInt(voided), held: BigInt(held), available: BigInt(available) };
}

export function writeOffFromWire(result: Wire<'writeOff'>): WriteOffResult {
  return result.outcome === 'written_off' ? { outcome: 'written_off', amount: BigInt(result.amount) } : result;
}

export function allowanceFromWire(result: Wire<'allowance'>): AllowanceResult {
  if (result.outcome !== 'active') return { outcome: result.outcome };
  return {
    outcome: 'active',
    plan: result.plan,
    anchorAt: new Date(result.anchor_at),
    nextDueAt: new Date(result.next_due_at),
  };
}
