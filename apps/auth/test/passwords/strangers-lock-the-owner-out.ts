import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newAddress, OTHER, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function strangersLockTheOwnerOutTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  test('two hundred wrong passwords of strangers, the owner’s neighbours among them, keep the owner out of nothing', async () => {
    const email = newAddress();
    const home = '203.0.113.5';
    await stage.person(email, home);
    const guess = (from: string) => stage.post('login', { email, password: OTHER }, from);
    // From all over the world, and from the network that the owner's provider gives to others.
    const strangers = Array.from({ length: 100 }, (_, index) => `10.0.${index}.1`);
    const neighbours = Array.from({ length: 100 }, (_, index) => `203.0.113.${100 + index}`);
    for (const from of [...strangers, ...neighbours]) expect([401, 429]).toContain((await guess(from)).status);
    // Nobody gets more than the shared limit, whatever network they come from next.
    expect((await guess('10.1.0.1')).status).toBe(429);
    expect((await stage.post('login', { email, password: PASSWORD }, home)).status).toBe(200);
  });

  test('nor do a hundred wrong codes for a new password', async () => {
    const email = newAddress();
    const home = '203.0.113.6';
    await stage.person(email, home);
    expect((await stage.post('forgot-password', { email }, home)).status).toBe(200);
    const code = await stage.mailbox.codeFor(email, 2);
    const wrong = code === '123456' ? '654321' : '123456';
    for (let count = 0; count < 100; count += 1)
      expect(
        (await stage.post('reset-password', { email, code: wrong, new_password: OTHER }, `10.2.${count}.1`)).status,
      ).toBe(401);
    expect((await stage.post('reset-password', { email, code, new_password: OTHER }, home)).status).toBe(200);
  });
}
