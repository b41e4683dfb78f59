import { describe, expect, test } from '@jest/globals';
import { KeyUse } from './key-use.ts';

describe('last use of keys', () => {
  test('of many calls is written once, with the last moment of each key', async () => {
    const written: [string, number][][] = [];
    let nowMs = 1_000;
    const use = new KeyUse(
      (uses) => {
        written.push([...uses]);
        return Promise.resolve();
      },
      () => nowMs,
    );
    for (const key of ['a', 'b', 'a', 'a']) {
      nowMs += 1;
      use.note(key);
    }
    await use.flush();
    await use.flush();
    expect(written).toEqual([
      [
        ['a', 1_004],
        ['b', 1_002],
      ],
    ]);
  });

  test('that could not be written is written the next time, unless the key was used again', async () => {
    const written: [string, number][][] = [];
    let away = true;
    let nowMs = 1;
    const use = new KeyUse(
      (uses) => {
        if (away) return Promise.reject(new Error('away'));
        written.push([...uses]);
        return Promise.resolve();
      },
      () => nowMs,
    );
    use.note('a');
    use.note('b');
    await expect(use.flush()).rejects.toThrow('away');
    nowMs = 2;
    use.note('b');
    away = false;
    await use.flush();
    expect(written).toEqual([
      [
        ['a', 1],
        ['b', 2],
      ],
    ]);
  });
});
