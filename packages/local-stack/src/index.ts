export { stackSettings } from './config.ts';
export { StackError } from './stack-error.ts';
export { startStack } from './stack.ts';
export type { Stack } from './stack.ts';
