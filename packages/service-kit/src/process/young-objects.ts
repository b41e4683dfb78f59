import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 not to guess which objects will live long: after a burst of slow requests it would make all later ones among
 * the old objects, each keeping its whole request until a full collection (bench/README.md). Call it first; V8 has no
 * option for it that NODE_OPTIONS would take.
 */
export function keepYoungObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
