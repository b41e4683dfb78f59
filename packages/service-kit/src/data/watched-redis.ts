import type { Cluster, Command, Redis } from 'ioredis';
import { currentRequest } from '../http/request-context.ts';
import { isTracing, startSpan } from '../tracing/tracing.ts';

/** What one Redis and a cluster have in common; what a cluster is told besides goes through. */
interface Sender {
  sendCommand: (command: Command, ...rest: unknown[]) => unknown;
}

/**
 * Has a connection record a span for each command of a recorded request, named by the command: keys and values are never shown. Where traces are not
 * recorded, which is decided before a connection is made, nothing is put in between.
 */
export function watchCommands(redis: Redis | Cluster): void {
  if (!isTracing()) return;
  const sender = redis as Sender;
  const send = sender.sendCommand.bind(redis);
  sender.sendCommand = (command, ...rest) => {
    const name = command.name.toUpperCase();
    const span = startSpan(name, 'client', currentRequest()?.traceparent, {
      'db.system.name': 'redis',
      'db.operation.name': name,
    });
    if (span !== undefined)
      command.promise.then(
        () => span.end(),
        (error: unknown) => span.end(error),
      );
    return send(command, ...rest);
  };
}
