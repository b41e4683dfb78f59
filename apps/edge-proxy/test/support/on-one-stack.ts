import { afterAll, beforeAll, beforeEach, describe, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { send } from './send.ts';
import { startStack, type EdgeStack } from './stack.ts';

/** Tests of one subject, on the stack that it is handed once tests run. They change nothing of it that others rely on. */
export type StackTests = (shared: () => EdgeStack) => void;

/** Runs the tests of several files, by their names, on one stack with the default settings: starting one takes longer than most of them. */
export function onOneStack(tests: Readonly<Record<string, StackTests>>): void {
  let stack: EdgeStack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());
  beforeEach(() => stack.upstream.reset());

  describe.each(Object.entries(tests))('%s', (_name, define) => define(() => stack));

  test('after all of it the ledger verifies', () => stack.verify());
}

/**
 * The same services behind an edge with settings of its own, or behind the shared one where none are given. To stop it ends the edges that were started
 * through it, and nothing that others use.
 */
export async function withEdge(shared: EdgeStack, env?: Readonly<Record<string, string>>): Promise<EdgeStack> {
  const edges: RunningApp[] = [];
  const startEdge = async (more: Readonly<Record<string, string>> = {}): Promise<RunningApp> => {
    const started = await shared.startEdge({ ...env, ...more });
    edges.push(started);
    return started;
  };
  const edge = env === undefined ? shared.edge : await startEdge();
  return {
    ...shared,
    edge,
    env: { ...shared.env, ...env },
    startEdge,
    send: (target, sending) => send(edge.url, target, sending),
    async stop() {
      await Promise.all(edges.map((each) => each.stop()));
    },
  };
}
