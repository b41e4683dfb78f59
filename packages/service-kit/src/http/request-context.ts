import { AsyncLocalStorage } from 'node:async_hooks';

/** What follows a request into every internal call and log line it causes. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C trace context to continue, when the caller sent one or tracing is on. */
  readonly traceparent: string | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with the given context; whatever it awaits sees it through `currentRequest`. */
export function withRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The request being answered, or `undefined` outside one (start-up, jobs). */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}
