import { describe, expect, test } from '@jest/globals';
import { parseRequest } from './request.ts';

const ID = '0190b6a4-0000-7000-8000-000000000001';

describe('what was typed', () => {
  test('names the account by its address or id', () => {
    expect(parseRequest(['grant', 'ada@example.com', '--role=viewer', '--by', 'root'])).toEqual({
      command: 'grant',
      role: 'viewer',
      who: { email: 'ada@example.com' },
      by: 'root',
      reason: undefined,
      json: false,
    });
    expect(parseRequest(['revoke', ID, '--reason', ' left ', '--json'])).toMatchObject({
      command: 'revoke',
      who: { userId: ID },
      reason: 'left',
      json: true,
    });
    expect(parseRequest(['list'])).toEqual({ command: 'list', json: false });
    expect(parseRequest(['grant', '-h'])).toEqual({ command: 'help' });
  });

  test('says who does it by the user of the operating system', () => {
    expect(parseRequest(['revoke', ID])).toMatchObject({ by: expect.stringMatching(/./) });
  });

  test.each([
    [[], 'Which command?'],
    [['promote', 'a@example.com'], 'Unknown command: promote'],
    [['grant', 'a@example.com'], '--role: viewer, support or admin.'],
    [['grant', 'a@example.com', '--role', 'owner'], '--role: viewer, support or admin.'],
    [['grant', '--role', 'admin'], 'Name the account by an e-mail address or a user id.'],
    [['grant', 'ada', '--role', 'admin'], 'Name the account by an e-mail address or a user id.'],
    [['grant', 'a@example.com', 'b@example.com', '--role', 'admin'], 'Unexpected: b@example.com'],
    [['revoke', 'a@example.com', '--role', 'admin'], '--role: belongs to grant.'],
    [['list', 'a@example.com'], 'Unexpected: a@example.com'],
    [['list', '--all'], "Unknown option '--all'"],
    [['grant', 'a@example.com', '--role', 'admin', '--reason', 'x'.repeat(501)], '--reason: 1 to 500 characters.'],
    [['revoke', 'a@example.com', '--by', ' '], '--by: 1 to 120 characters.'],
  ])('%j is told', (args, message) => {
    expect(parseRequest(args)).toContain(message);
  });
});
