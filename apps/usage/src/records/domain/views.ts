import type { z } from 'zod';
import type { operatorRecord, usageRecord } from '@turnpike/contracts';

export type UsageRecordView = z.output<typeof usageRecord>;
export type OperatorRecordView = z.output<typeof operatorRecord>;
