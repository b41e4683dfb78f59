export * from './record-batch.ts';
