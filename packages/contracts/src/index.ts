export * from './endpoint.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './fields.ts';
export * from './gateway-signature.ts';
export * from './headers.ts';
export * from './problem.ts';
export * from './users/index.ts';
