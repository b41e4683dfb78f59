export { Turnpike } from './client.ts';
export type { Answered } from './answered.ts';
export type { BackendCall, ClientOptions, OperationId } from './client.ts';
export type { Credentials, TokenPair } from './credentials.ts';
export * from './errors.ts';
export { eventsOf } from './events.ts';
export type { ServerSentEvent } from './events.ts';
export type { Limits } from './limits.ts';
export type { CallOptions, Operations } from './operations.ts';
