/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{apps,packages,e2e,bench,docs}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  // One PostgreSQL and one Redis for the run; each test file has its own database in them.
  globalSetup: '<rootDir>/packages/test-kit/src/jest/global-setup.ts',
  globalTeardown: '<rootDir>/packages/test-kit/src/jest/global-teardown.ts',
  // Fails a file that leaves a socket, a server, a process or a timer behind.
  testEnvironment: '<rootDir>/packages/test-kit/src/jest/strict-environment.ts',
  reporters: [
    'default',
    '<rootDir>/packages/test-kit/src/jest/documented-reporter.ts',
    '<rootDir>/packages/test-kit/src/jest/count-reporter.ts',
  ],
  // A busy machine may take its time; only what hangs waits that long.
  testTimeout: 600_000,
  // One more than the two cores it is meant for: a test often waits for a deadline, and the others go on then.
  maxWorkers: 3,
  testSequencer: '<rootDir>/packages/test-kit/src/jest/service-tests-first.ts',
};
