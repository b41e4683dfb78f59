import type { Request } from 'express';

/** Paths that answer without any key, so that load balancers and people can see that the service lives. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/health', '/health/ready']);

/**
 * The path as it was sent, without its query and wherever the middleware is mounted: the text that the gateway signed. Express's own
 * `request.path` is relative to the mount point.
 */
export function sentPath(request: Request): string {
  const [path = ''] = request.originalUrl.split('?', 1);
  return path;
}

/** Compared exactly: another spelling of an open path needs the key. */
export function isOpenPath(request: Request): boolean {
  return OPEN_PATHS.has(sentPath(request));
}
