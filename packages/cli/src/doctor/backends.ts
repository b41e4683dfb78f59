import { once } from 'node:events';
import { connect } from 'node:net';
import { routesOfFile } from '../edge-command.ts';
import { problem, reasonOf, TIMEOUT_MS, warning, type Check, type Environment, type Finding } from './finding.ts';
import { edgesOf } from './gateway.ts';

/** Backends that are dialled. */
const BACKENDS_MAX = 100;

/** Whether the edge would take the routes file that is named here. */
export const routesFileCheck: Check = {
  name: 'routes-file',
  run: async ({ ROUTES_FILE: file }) => {
    if (!file) return [];
    const read = await routesOfFile(file);
    return 'faults' in read
      ? [
          problem(
            `The edge would refuse ${file}: ${firstLineOf(read.faults)}.`,
            `Mend it: turnpike routes check ${file}.`,
          ),
        ]
      : [];
  },
};

/** Whether something listens where the routes lead, as the edges have loaded them and as the routes file and the environment say. */
export const backendsCheck: Check = {
  name: 'backends',
  run: async (environment) => {
    const found = [...(await ofEdges(environment)), ...(await ofFile(environment))];
    const backends = new Map(found.map((backend) => [backend.address, backend]));
    return (await Promise.all([...backends.values()].slice(0, BACKENDS_MAX).map(dial))).flat();
  },
};

interface Backend {
  readonly name: string;
  /** An origin, such as `http://orders:8080`. */
  readonly address: string;
}

/** Services of Turnpike's own are told by the check of services. */
async function ofEdges(environment: Environment): Promise<Backend[]> {
  // That the edges cannot be read is told by the check of routes.
  const edges = await edgesOf(environment).catch(() => []);
  return edges.flatMap(({ upstreams }) =>
    upstreams
      .filter((upstream) => !upstream.first_party)
      .flatMap(({ name, targets }) => targets.map(({ address }) => ({ name, address }))),
  );
}

async function ofFile(environment: Environment): Promise<Backend[]> {
  const { ROUTES_FILE: file } = environment;
  const read = file ? await routesOfFile(file) : undefined;
  if (read === undefined || 'faults' in read) return [];
  return read.upstreams.flatMap(({ name, url_variable: variable }) =>
    (environment[variable] ?? '')
      .split(',')
      .map((address) => address.trim())
      .filter((address) => URL.canParse(address))
      .map((address) => ({ name, address: new URL(address).origin })),
  );
}

async function dial({ name, address }: Backend): Promise<Finding[]> {
  const { hostname, port, protocol } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return [];
  } catch (error) {
    const what = `${name} does not answer at ${address}: ${reasonOf(error)}.`;
    // A name or a network that only the edges know is no fault.
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
      ? [problem(what, 'Start it, or mend its address: its routes are 502 until then.')]
      : [warning(what, 'Mend its address, or run the doctor where the edges run.')];
  } finally {
    socket.destroy();
  }
}

const firstLineOf = (text: string): string => text.trim().split('\n')[0] ?? '';
