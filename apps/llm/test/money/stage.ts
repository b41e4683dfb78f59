import { afterAll, beforeAll } from '@jest/globals';
import { MODEL, type Customer, type Gateway } from '../support/gateway.ts';
import { startPricedGateway } from '../support/prices-file.ts';

/** What calls cost, however they end. A token in costs 15 micro-credits, one out 60. */

export let gateway: Gateway;
export let customer: Customer;
export let before: bigint;

export const begin = async (): Promise<void> => {
  customer = await gateway.customer();
  before = await gateway.balance(customer);
};

export const chat = (more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: 100,
  ...more,
});

export const MESSAGES = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 };
export const CHAT = '/openai/v1/chat/completions';

/** Starts what the tests of a file share, once, and ends it after them. */
export function shareStage(): void {
  beforeAll(async () => {
    gateway = await startPricedGateway({ LLM_DRAIN_TIMEOUT_MS: '4000' });
  });
  afterAll(async () => {
    await gateway.verify();
    await gateway.stop();
  });
}
