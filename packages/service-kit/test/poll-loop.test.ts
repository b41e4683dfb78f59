import { expect, test } from '@jest/globals';
import { createLogger, startPollLoop } from '../src/index.ts';

const logger = createLogger('test', 'silent');
const NEVER_MS = 600_000;

test('a kick during a round brings one more, and close waits for the round under way', async () => {
  let rounds = 0;
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const started = gates.map(() => Promise.withResolvers<void>());
  const loop = startPollLoop({
    name: 'loop',
    everyMs: NEVER_MS,
    logger,
    async round() {
      started[rounds]?.resolve();
      await gates[rounds]?.promise;
      rounds += 1;
      return false;
    },
  });
  await started[0]?.promise;
  loop.kick();
  gates[0]?.resolve();
  await started[1]?.promise;
  const closed = loop.close();
  expect(await Promise.race([closed.then(() => 'closed'), Promise.resolve('waiting')])).toBe('waiting');
  gates[1]?.resolve();
  await closed;
  expect(rounds).toBe(2);
});

test('a round that has more to do is followed at once; one that fails is tried again after a pause', async () => {
  const outcomes = [true, true, new Error('down'), false];
  const rounds: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const loop = startPollLoop({
    name: 'loop',
    everyMs: 5,
    logger,
    round() {
      const outcome = outcomes[rounds.length] ?? false;
      rounds.push(outcome);
      if (rounds.length === outcomes.length) done.resolve();
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
  });
  await done.promise;
  await loop.close();
  expect(rounds.slice(0, outcomes.length)).toEqual(outcomes);
});
