import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge();
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());

/** `/open/small` has a rule of its own; servers that know path parameters would take each of these for it, or for another path. */
test.each(['/open/small;x', '/open/small;x=1', '/open/small%3Bx', '/open/;/small', '/open/a;b/;c/d'])(
  'POST %s is 400, and nothing is forwarded',
  async (target) => {
    const answer = await lone.send(target, { method: 'POST', body: 'x' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.malformed' } });
    expect(lone.upstream.received).toEqual([]);
  },
);

test.each(['/open/a;v=1', '/open/a;v=1/b;w'])(
  '%s is the same route in both readings, and arrives as it was sent',
  async (target) => {
    expect((await lone.send(target)).status).toBe(200);
    expect(lone.upstream.received[0]?.target).toBe(target);
  },
);
