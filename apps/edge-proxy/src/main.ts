import cluster from 'node:cluster';
import { ClusterRegistry } from '@prometheus-io/client';
import {
  createLogger,
  createMetrics,
  exitOnUnexpected,
  keepYoungObjectsYoung,
  loadOrExit,
  measureProcess,
} from '@turnpike/service-kit';
import { loadEdgeConfig } from './config.ts';
import { runPrimary } from './run-primary.ts';
import { runWorker } from './run-worker.ts';

keepYoungObjectsYoung();
const config = loadOrExit(loadEdgeConfig);
const logger = createLogger('edge-proxy', config.LOG_LEVEL);
exitOnUnexpected(logger);
if (cluster.isPrimary && config.EDGE_WORKERS > 1) {
  await runPrimary(config, logger);
} else {
  const metrics = createMetrics('edge-proxy');
  measureProcess(metrics);
  if (cluster.isWorker) {
    // Answers the primary when it collects the metrics of all workers.
    new ClusterRegistry();
    ClusterRegistry.setRegistries([metrics.registry]);
  }
  await runWorker(config, logger, metrics, cluster.isPrimary);
}
process.exit(0);
