import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway } from './gateway.ts';

/**
 * All that the LLM gateway and the edge have logged so far. Their lines arrive late, and each process's in order: so it is read up to those of a
 * call that is made here, and breaks off.
 */
export async function logsOf(gateway: Gateway, by: Customer): Promise<string> {
  const requestId = `logs-${performance.now()}`;
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Last' }], max_tokens: 1, stream: true };
  const path = '/openai/v1/chat/completions';
  const last = await gateway.post(path, by, body, { cut_after: 0 }, { 'x-request-id': requestId });
  await last.text();
  return await waitFor(() => {
    const logs = [gateway.llm(), gateway.edge()].map((app) => app.logs().join('\n'));
    return logs.every((log) => log.includes(requestId)) ? logs.join('\n') : undefined;
  });
}
