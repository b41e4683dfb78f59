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
    let down = true;
    let nowMs = 1;
    const use = new KeyUse(
      (uses) => {
        if (down) return Promise.reject(new Error('down'));
        written.push([...uses]);
        return Promise.resolve();
      },
      () => nowMs,
    );
    use.note('a');
    use.note('b');
    await expect(use.flush()).rejects.toThrow('down');
    nowMs = 2;
    use.note('b');
    down = false;
    await use.flush();
    expect(written).toEqual([
      [
        ['a', 1],
        ['b', 2],
      ],
    ]);
  });

  test('is kept for a bounded number of keys, however long it cannot be written', async () => {
    let down = true;
    let written = 0;
    const use = new KeyUse(
      (uses) => {
        if (down) return Promise.reject(new Error('down'));
        written = uses.size;
        return Promise.resolve();
      },
      () => 1,
    );
    const noteMany = (round: number) => {
      for (let key = 0; key < 10_000; key += 1) use.note(`${round}/${key}`);
    };
    noteMany(0);
    for (let round = 1; round < 4; round += 1) {
      const flushed = use.flush();
      noteMany(round);
      await expect(flushed).rejects.toThrow('down');
    }
    down = false;
    await use.flush();
    expect(written).toBe(10_000);
  });
});
