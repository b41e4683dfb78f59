import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startNodeService, type RunningStore } from '@turnpike/local-stack/servers';
import { makeStoreFolder } from '../jest/run-stores.ts';
import { ownStore, type OwnStore } from '../own-stores.ts';
import { installChdb } from './install-chdb.ts';

const entry = fileURLToPath(new URL('server.ts', import.meta.url));
const STOP_TIMEOUT_MS = 60_000;

/** Starts ClickHouse's engine of the test's own, behind its HTTP interface. */
export async function startClickHouse(): Promise<OwnStore> {
  const chdbFolder = await installChdb();
  const folder = await makeStoreFolder();
  const port = await freePort();
  return ownStore(folder, async (): Promise<RunningStore> => {
    const lines: string[] = [];
    const service = await startNodeService({
      entry,
      env: {
        PATH: process.env['PATH'],
        CHDB_FOLDER: chdbFolder,
        DATA_FOLDER: path.join(folder, 'clickhouse'),
        PORT: String(port),
      },
      onLine: (line) => lines.push(line),
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
    const url = await service.listening.catch((cause: unknown) => {
      throw new Error(`ClickHouse's engine did not start:\n${lines.join('\n')}`, { cause });
    });
    return { ...service, url };
  });
}
