import { describe, expect, test } from '@jest/globals';
import { recordId, timeOfRecordId } from './record-id.ts';

const PRODUCER = '01890000-0000-4000-8000-000000000000';
const AT_MS = 1_764_000_000_123;

describe('the id of a record', () => {
  test('is a UUID of version 7 that begins with its time', () => {
    const id = recordId(AT_MS, PRODUCER, 3, 7);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOfRecordId(id)?.getTime()).toBe(AT_MS);
  });

  test('is the same for the same place of the same batch, and another otherwise', () => {
    const id = recordId(AT_MS, PRODUCER, 3, 7);
    expect(recordId(AT_MS, PRODUCER, 3, 7)).toBe(id);
    expect(new Set([id, recordId(AT_MS, PRODUCER, 3, 8), recordId(AT_MS, PRODUCER, 4, 7)]).size).toBe(3);
  });

  test.each(['01890000-0000-4000-8000-000000000000', 'ffffffff-ffff-7fff-bfff-ffffffffffff'])(
    '%s names no time of a record',
    (id) => expect(timeOfRecordId(id)).toBeUndefined(),
  );
});
