import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { deleteAccount, erasureCompleted, makePerson, receiptOf, tracesOf } from './person.ts';
import { startStack, type Member, type Stack } from './stack.ts';

/** Whoever is killed in the middle of an erasure, and wherever in it: it completes, and nothing of the person is left. */

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const targetOf: Readonly<Record<Exclude<Member, 'users'>, string>> = {
  auth: 'auth',
  credits: 'credits',
  usage: 'usage',
  llm: 'llm',
  'example-downstream': 'backend:example',
};

async function attemptsAt(person: Parameters<typeof receiptOf>[1], target: string): Promise<number> {
  return (await receiptOf(stack, person)).steps.find((step) => step.target === target)?.attempts ?? 0;
}

test.each(['auth', 'credits', 'usage', 'llm', 'example-downstream'] as const)(
  '%s is killed while it is being asked',
  async (member) => {
    const person = await makePerson(stack);
    const frozen = stack.apps[member];
    if (member === 'auth') {
      // Auth itself takes the deletion, so it is stopped between that and its own step: by an operator's erasure.
      process.kill(frozen.pid, 'SIGSTOP');
      await stack.asOperator('users', 'POST', `/api/v1/users/admin/${person.userId}/erasures`);
    } else {
      process.kill(frozen.pid, 'SIGSTOP');
      await deleteAccount(stack, person);
    }
    // The call is under way: the connection is open, and nobody answers.
    await waitFor(async () => (await attemptsAt(person, targetOf[member])) > 0);
    await frozen.kill();
    await stack.start(member);
    const receipt = await erasureCompleted(stack, person);
    expect(receipt.steps.find((step) => step.target === targetOf[member])?.attempts).toBeGreaterThan(1);
    expect(await tracesOf(stack, person)).toEqual([]);
  },
);

test('users is killed while it waits for another', async () => {
  const person = await makePerson(stack);
  process.kill(stack.apps.credits.pid, 'SIGSTOP');
  await deleteAccount(stack, person);
  await waitFor(async () => (await attemptsAt(person, 'credits')) > 0);
  await stack.apps.users.kill();
  process.kill(stack.apps.credits.pid, 'SIGCONT');
  await stack.start('users');
  await erasureCompleted(stack, person);
  expect(await tracesOf(stack, person)).toEqual([]);
});

test('users is down when the account is deleted', async () => {
  const person = await makePerson(stack);
  await stack.apps.users.kill();
  await deleteAccount(stack, person);
  await stack.start('users');
  await erasureCompleted(stack, person);
  expect(await tracesOf(stack, person)).toEqual([]);
});

test('auth is killed right after the deletion was answered', async () => {
  const person = await makePerson(stack);
  await deleteAccount(stack, person);
  await stack.apps.auth.kill();
  await stack.start('auth');
  await erasureCompleted(stack, person);
  expect(await tracesOf(stack, person)).toEqual([]);
});
