export * from './generation.ts';
export * from './moments.ts';
export * from './stand-ins.ts';
export * from './timepoints.ts';
