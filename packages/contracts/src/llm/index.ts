export * from './native-errors.ts';
export * from './providers.ts';
