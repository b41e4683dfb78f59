import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 not to guess which objects will live long. Where many survived for a while, as in a burst of slow requests, it makes all later ones of that
 * line of code among the old objects, for good; each then keeps the whole request it belongs to until a full collection. In an edge that had served
 * metered requests, every request cost half as much again (bench/README.md). Call it before anything runs often; V8 has no option for it that
 * NODE_OPTIONS would take.
 */
export function keepYoungObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
