import { beforeAll, expect, test } from '@jest/globals';
import { openOrganisation, type OwnedOrganisation } from '../support/organisation.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import type { EdgeStack } from '../support/stack.ts';

const POLICIES = '/trueportai-services/api/v1/policies';
/** More than the body of a backend's route is read whole for. */
const BODY_BYTES = 100_000;

export function slowPoliciesHoldNoConnection(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let acme: OwnedOrganisation;
  beforeAll(async () => {
    stack = shared();
    acme = await openOrganisation(stack);
  });

  test('a body for a service of ours takes no connection before it is there, however large it may be', async () => {
    const arrived: unknown[] = [];
    stack.upstream.onRequest = ({ method }) => {
      arrived.push(method);
      return false;
    };
    const raw = await openRawSocket(stack.edge.url);
    raw.write(
      `POST ${POLICIES} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${acme.token}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${BODY_BYTES}\r\n\r\n${'x'.repeat(BODY_BYTES - 1)}`,
    );
    // What was sent before has arrived by the time later requests have been answered, one after the other.
    for (let later = 0; later < 5; later += 1) expect((await acme.send('GET', POLICIES)).status).toBe(200);
    expect(new Set(arrived)).toEqual(new Set(['GET']));
    raw.write('x');
    await raw.until(/^HTTP\/1\.1 200 /);
    raw.destroy();
    expect(stack.upstream.received.at(-1)?.body).toHaveLength(BODY_BYTES);
  });
}
