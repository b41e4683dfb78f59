import { rename, writeFile } from 'node:fs/promises';

/** How other tools find the running stack: the content of `DATA_DIR/stack.json`. */
export interface StackInfo {
  readonly edge_url: string;
  /** The PostgreSQL server, with the rights to read every service's database. */
  readonly database_url: string;
  readonly redis_url: string;
  readonly mail_ui_url: string;
  /** Where the console runs. */
  readonly console_url?: string;
  readonly admin_api_key: string;
  readonly service_api_key: string;
}

/** Written beside and moved over: whoever sees the file sees all of it. It holds keys, so only its owner reads it. */
export async function writeStackInfo(file: string, info: StackInfo): Promise<void> {
  const beside = `${file}.new`;
  await writeFile(beside, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  await rename(beside, file);
}
