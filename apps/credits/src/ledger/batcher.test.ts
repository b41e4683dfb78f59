import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createBatcher, type BatcherOptions } from './batcher.ts';

type Kind = 'reserve' | 'resolve';
type Calls = Record<Kind, [string, string]>;
interface Statement {
  readonly kind: Kind;
  readonly items: readonly string[];
  finish(): void;
}

/** A batcher over statements that a test finishes by hand. Items are their own results. */
function open(limits: Partial<BatcherOptions<Calls>> = {}) {
  const statements: Statement[] = [];
  const run = (kind: Kind) => (items: readonly string[]) =>
    new Promise<PromiseSettledResult<string>[]>((resolve) => {
      statements.push({ kind, items, finish: () => resolve(items.map((value) => ({ status: 'fulfilled', value }))) });
    });
  const batcher = createBatcher<Calls>({
    statementsMax: 2,
    batchMax: 4,
    pendingMax: 100,
    waitMsMax: 10_000,
    run: { reserve: run('reserve'), resolve: run('resolve') },
    ...limits,
  });
  const submit = (kind: Kind, key: string, id: string): Promise<string> => batcher.submit(kind, key, id, id);
  /** Finishes statements until none is left. */
  async function finishAll(): Promise<void> {
    await turn();
    for (let next = 0; next < statements.length; next += 1) {
      statements[next]?.finish();
      await turn();
      await turn();
    }
  }
  return {
    statements,
    batcher,
    submit,
    finishAll,
    sent: () => statements.map(({ kind, items }) => `${kind} ${items.join(' ')}`),
  };
}

describe('the batcher', () => {
  test('calls that arrive together go together, up to the size of a batch', async () => {
    const { submit, finishAll, sent } = open();
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => submit('reserve', `key ${id}`, id)));
    await finishAll();
    expect(await answers).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(sent()).toEqual(['reserve a b c d', 'reserve e']);
  });

  test('calls of one kind and key never overlap; what queues meanwhile is one statement', async () => {
    const { submit, finishAll, sent } = open();
    const first = submit('reserve', 'hot', 'a');
    await turn();
    const rest = [
      submit('reserve', 'hot', 'b'),
      submit('resolve', 'hot', 'c'),
      submit('reserve', 'hot', 'd'),
      submit('resolve', 'hot', 'e'),
    ];
    await finishAll();
    await Promise.all([first, ...rest]);
    expect(sent()).toEqual(['reserve a', 'resolve c e', 'reserve b d']);
  });

  test('two of one id never overlap, of one kind or of two, and another key does not wait for them', async () => {
    const { submit, finishAll, sent } = open();
    const answers = Promise.all([
      submit('reserve', 'key', 'a'),
      submit('reserve', 'key', 'a'),
      submit('reserve', 'key', 'b'),
      submit('resolve', 'a', 'a'),
      submit('resolve', 'c', 'c'),
    ]);
    await finishAll();
    await answers;
    expect(sent().slice(0, 2)).toEqual(['reserve a b', 'resolve c']);
    expect(sent().slice(2).toSorted()).toEqual(['reserve a', 'resolve a']);
  });

  test('no more statements at once than allowed', async () => {
    const { submit, finishAll, statements } = open({ batchMax: 1 });
    const answers = Promise.all(['a', 'b', 'c', 'd'].map((id) => submit('reserve', id, id)));
    await turn();
    expect(statements).toHaveLength(2);
    await finishAll();
    await answers;
  });

  test('past the longest queue: 503 at once', async () => {
    const { submit, finishAll } = open({ pendingMax: 2 });
    const kept = [submit('reserve', 'a', 'a'), submit('reserve', 'b', 'b')];
    await expect(submit('reserve', 'c', 'c')).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
    await finishAll();
    await Promise.all(kept);
  });

  test('a call that waits too long for a statement: 503, and it is never sent', async () => {
    const { submit, finishAll, sent } = open({ statementsMax: 1, waitMsMax: 40 });
    const first = submit('reserve', 'a', 'a');
    await turn();
    await expect(submit('reserve', 'b', 'b')).rejects.toMatchObject({ status: 503 });
    await finishAll();
    await first;
    expect(sent()).toEqual(['reserve a']);
  });

  test('each call gets its own failure', async () => {
    const run = (items: readonly string[]) =>
      Promise.resolve(
        items.map((value): PromiseSettledResult<string> =>
          value === 'bad' ? { status: 'rejected', reason: new Error('bad') } : { status: 'fulfilled', value },
        ),
      );
    const { submit } = open({ run: { reserve: run, resolve: run } });
    const results = await Promise.allSettled([submit('reserve', 'a', 'a'), submit('reserve', 'b', 'bad')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});
