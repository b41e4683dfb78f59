import { freePort, startApp, waitFor, type Balancer, type RunningApp } from '@turnpike/test-kit';

/** Instances of one service behind a balancer. */
export interface Replicas {
  readonly count: number;
  /** Tells an instance to stop as an orchestrator does, waits until it has ended, starts it again at its address, and waits until it takes part. */
  replace(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** How long a stopping instance may take, in milliseconds. */
const STOP_MS_MAX = 60_000;

export async function startReplicas(
  app: string,
  portVariable: string,
  env: Readonly<Record<string, string>>,
  balancer: Balancer,
  count = 2,
): Promise<Replicas> {
  const launch = (port: number): Promise<RunningApp> => startApp(app, { ...env, [portVariable]: String(port) });
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const instances = await Promise.all(ports.map(launch));
  for (const { url } of instances) balancer.add(url);
  return {
    count,
    async replace(index) {
      const [instance, port] = [instances[index], ports[index]];
      if (instance === undefined || port === undefined) throw new Error(`There is no instance ${index} of ${app}`);
      process.kill(instance.pid, 'SIGTERM');
      const ended = await instance.exited;
      if (ended.code !== 0)
        throw new Error(`${app} ended with ${JSON.stringify(ended)}: ${instance.logs().slice(-5).join('\n')}`);
      const started = await launch(port);
      instances[index] = started;
      await waitFor(() => balancer.takes(started.url), { timeoutMs: STOP_MS_MAX });
    },
    async stop() {
      await Promise.all(instances.map((instance) => instance.stop()));
    },
  };
}
