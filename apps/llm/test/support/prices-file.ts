import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startGateway, PRICES, type Gateway } from './gateway.ts';

/** The gateway with the prices that tests reckon with. */
export async function startPricedGateway(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-llm-'));
  const file = path.join(folder, 'prices.json');
  await writeFile(file, JSON.stringify(PRICES));
  const gateway = await startGateway(env, file);
  return {
    ...gateway,
    async stop() {
      await gateway.stop();
      await rm(folder, { recursive: true });
    },
  };
}
