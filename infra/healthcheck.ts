// Asks the service of this container whether it is ready. Exits 0 when it is, 1 when it is not. Takes the name of a process that an app
// has beside its service.
import { basename } from 'node:path';

/** The port variable of each process and its default; a service goes by the folder under `apps/` that the container works in. */
const ports: Readonly<Record<string, readonly [variable: string, fallback: number]>> = {
  'edge-proxy': ['EDGE_PORT', 8080],
  auth: ['AUTH_PORT', 8081],
  users: ['USERS_PORT', 8082],
  credits: ['CREDITS_PORT', 8083],
  'credits-worker': ['CREDITS_WORKER_PORT', 8183],
  usage: ['USAGE_PORT', 8085],
  llm: ['LLM_PORT', 8084],
  console: ['CONSOLE_PORT', 8088],
  'example-downstream': ['DOWNSTREAM_PORT', 8090],
};

/** Below the container's own time limit, so that the reason is told. */
const timeoutMs = 4_000;

const { ready, message } = await ask(process.argv[2] ?? basename(process.cwd()));
process.stdout.write(`${message}\n`);
process.exitCode = ready ? 0 : 1;

async function ask(service: string): Promise<{ ready: boolean; message: string }> {
  const port = ports[service];
  if (port === undefined) return { ready: false, message: `${service} is not a service` };
  const url = `http://127.0.0.1:${process.env[port[0]] || port[1]}/health/ready`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { ready: response.ok, message: `${response.status} ${await response.text()}` };
  } catch (error) {
    const { cause = error } = error as Error;
    return { ready: false, message: `${url}: ${String(cause)}` };
  }
}
