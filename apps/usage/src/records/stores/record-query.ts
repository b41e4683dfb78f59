import { modelCall } from '@turnpike/contracts';
import type { Prisma } from '../../generated/prisma/client.ts';
import { timeOfRecordId } from '../domain/record-id.ts';
import type { RecordFilter, StoredRecord, Whose } from '../domain/stored-record.ts';

type Row = Prisma.RequestRecordGetPayload<object>;

/** A row as the service speaks of it. Times, sizes and counts are far below what numbers are exact to. */
export function recordOf(row: Row): StoredRecord {
  return {
    ...row,
    durationUs: Number(row.durationUs),
    firstByteUs: row.firstByteUs === null ? null : Number(row.firstByteUs),
    upstreamUs: row.upstreamUs === null ? null : Number(row.upstreamUs),
    requestBytes: Number(row.requestBytes),
    responseBytes: Number(row.responseBytes),
    modelCall: row.modelCall === null ? null : modelCall.parse(row.modelCall),
  };
}

/** The condition of a filter; `before` is the id of the record to go on after. */
export function whereOf(filter: RecordFilter, before: string | undefined): Prisma.RequestRecordWhereInput {
  const { from, to, keyId, userId, organisationId, route, code, requestId, provider, model, hasViolation } = filter;
  const all: Prisma.RequestRecordWhereInput[] = [whoseIs(filter.whose), { at: { gte: from, lt: to } }];
  if (filter.status !== undefined) all.push({ status: statusIs(filter.status) });
  if (keyId !== undefined) all.push({ keyId });
  if (userId !== undefined) all.push({ userId });
  if (organisationId !== undefined) all.push({ organisationId });
  if (route !== undefined) all.push({ route });
  if (code !== undefined) all.push({ code });
  if (requestId !== undefined) all.push({ requestId });
  if (provider !== undefined) all.push({ provider });
  if (model !== undefined) all.push({ model });
  if (hasViolation === true) all.push({ violations: { gt: 0 } });
  if (hasViolation === false) all.push({ OR: [{ violations: null }, { violations: 0 }] });
  if (filter.chargedMin !== undefined) all.push({ chargedMicro: { gte: filter.chargedMin } });
  const at = before === undefined ? undefined : timeOfRecordId(before);
  if (before !== undefined && at !== undefined) all.push({ OR: [{ at: { lt: at } }, { at, id: { lt: before } }] });
  return { AND: all };
}

function whoseIs(whose: Whose): Prisma.RequestRecordWhereInput {
  switch (whose.kind) {
    case 'person':
      return { userId: whose.userId, organisationId: null };
    case 'member':
      return { userId: whose.userId, organisationId: whose.organisationId, environment: whose.environment };
    case 'organisation':
      return { organisationId: whose.organisationId, environment: whose.environment };
    case 'everybody':
      return {};
  }
}

function statusIs(status: string): Prisma.IntFilter | number {
  if (!status.endsWith('xx')) return Number(status);
  const hundreds = Number(status.charAt(0)) * 100;
  return { gte: hundreds, lt: hundreds + 100 };
}
