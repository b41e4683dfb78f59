import { randomUUID } from 'node:crypto';
import { populatedEmail, populatedUserId } from '@turnpike/test-kit/population';

/** Rows of each kind are numbered as their users are (`@turnpike/test-kit/population`). */
const rowId = (kind: number, number: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

/** What an operation means by `id`. */
function idFor(operation: string, user: number): string {
  const kinds: readonly [RegExp, string][] = [
    [/Session/, rowId(2, user)],
    [/Project/, rowId(3, user)],
    [/Grant/, rowId(7, user)],
    [/settle|release|extend/, rowId(8, 3 * 2 ** 32 + user)],
    [/GetErasure/, rowId(14, user)],
  ];
  return kinds.find(([pattern]) => pattern.test(operation))?.[1] ?? populatedUserId(user);
}

/** Values of parameters and members for an operation on a user who exists. */
export function valuesFor(operation: string, user: number): (name: string) => string | undefined {
  const userId = populatedUserId(user);
  const values: Readonly<Record<string, string>> = {
    id: idFor(operation, user),
    key_id: rowId(4, user),
    'x-project-id': rowId(3, user),
    user_id: userId,
    'x-user-id': userId,
    user_uuid: userId,
    ref: userId,
    receipt_id: randomUUID(),
    'idempotency-key': randomUUID(),
    idempotency_key: randomUUID(),
    source_ref: randomUUID(),
    external_key: `e2e:${randomUUID()}`,
    external_id: randomUUID(),
    email: populatedEmail(user),
    plan: 'pro',
    operation: 'generate_balanced',
    provider: 'google',
    status: operation === 'users.adminListErasures' ? 'running' : 'active',
    action: 'session.open',
    since: new Date(Date.now() - 60_000).toISOString(),
    until: new Date().toISOString(),
    expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    anchor_at: new Date(Date.now() - 86_400_000).toISOString(),
    limit: '20',
    offset: '40',
    page: '2',
    cost: '1',
    cursor: '1',
    as_of: '4',
    redirect_uri: 'https://app.example/signed-in',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  };
  return (name) => values[name];
}
