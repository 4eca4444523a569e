const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
};

/**
 * What starts a control plane of its own finds free ports and has a folder of its own, so that two files may run side by side; faults
 * are judged by what they slow down, and run one file at a time. `faults-long` is for `make faults` only, `loki` for `make test-loki`.
 */
export default {
  // Modules of a test file are never quite forgotten: a worker that holds too much of them makes way for a new one.
  workerIdleMemoryLimit: '1GB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/src/**/*.test.ts',
        '<rootDir>/test/*.test.ts',
        '<rootDir>/test/scenarios/*.test.ts',
        '<rootDir>/test/reporter/*.test.ts',
      ],
    },
    { ...shared, displayName: 'cluster', testMatch: ['<rootDir>/test/cluster/**/*.test.ts', '<rootDir>/test/e2e/**/*.test.ts'] },
    { ...shared, displayName: 'faults', testMatch: ['<rootDir>/test/faults/*.test.ts'] },
    { ...shared, displayName: 'faults-long', testMatch: ['<rootDir>/test/faults/long/*.test.ts'] },
    { ...shared, displayName: 'loki', testMatch: ['<rootDir>/test/loki/*.test.ts'] },
    { ...shared, displayName: 'image', testMatch: ['<rootDir>/test/image/*.test.ts'] },
  ],
};
