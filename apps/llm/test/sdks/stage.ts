import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Script } from '@turnpike/stand-in-vendors';
import { type Customer, type Gateway } from '../support/gateway.ts';
import { startPricedGateway } from '../support/prices-file.ts';

/** The vendors' own SDKs: only base URL and key are others than in their READMEs. */

export let gateway: Gateway;
export let customer: Customer;
export const scripted = (script: Script) => ({ headers: { 'x-stand-in': JSON.stringify(script) } });
export const hello = [{ role: 'user' as const, content: 'Hello' }];

export const weather = {
  name: 'weather',
  description: 'Weather of a city',
  parameters: { type: 'object' as const, properties: { city: { type: 'string' as const } } },
};

/** Starts what the tests of a file share, once, and ends it after them. */
export function shareStage(): void {
  beforeAll(async () => {
    gateway = await startPricedGateway();
    customer = await gateway.customer();
  });
  afterEach(() => {
    gateway.received.length = 0;
  });
  afterAll(() => gateway.stop());
}
