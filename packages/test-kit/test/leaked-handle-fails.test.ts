import { describe, expect, test } from '@jest/globals';
import { runFixture } from './run-fixture.ts';

describe('a test file', () => {
  test('that leaves handles open fails, and they are named', async () => {
    const { failed, report } = await runFixture('leaks.fixture.ts');
    expect(report).toContain('This file left handles open: 1 × TCPServerWrap');
    expect(report).toMatch(
      /^✗ packages\/test-kit\/test\/fixtures\/leaks\.fixture\.ts: .*left handles open.*\n0 passed, 1 failed$/m,
    );
    expect(failed).toBe(true);
  });

  test('that closes what it opened passes', async () => {
    const { failed, report } = await runFixture('closes.fixture.ts');
    expect(report).toMatch(/^1 passed, 0 failed$/m);
    expect(failed).toBe(false);
  });
});
