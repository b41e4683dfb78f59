// Asks the service of this container whether it is ready. Exits 0 when it is, 1 when it is not.
import { basename } from 'node:path';

/** The port variable of each service and its default, by the folder under `apps/` that the container works in. */
const ports = {
  'edge-proxy': ['EDGE_PORT', 8080],
  auth: ['AUTH_PORT', 8081],
  users: ['USERS_PORT', 8082],
  credits: ['CREDITS_PORT', 8083],
  'example-downstream': ['DOWNSTREAM_PORT', 8090],
};

/** Below the container's own time limit, so that the reason is printed. In milliseconds. */
const timeoutMs = 4_000;

const service = basename(process.cwd());
const port = ports[service];
if (port === undefined) {
  console.error(`${service} is not a service`);
  process.exit(1);
}
const url = `http://127.0.0.1:${process.env[port[0]] || port[1]}/health/ready`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  console.log(response.status, await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
