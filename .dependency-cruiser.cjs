/** The rules that hold the shape of the repository. Each says why it exists. @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'apps-never-import-apps',
      comment: 'A service asks another over internal HTTP or learns from an event. That is what keeps them separable.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'packages-never-import-apps',
      comment: 'Packages are what apps are built from.',
      severity: 'error',
      from: { path: '^(packages|e2e|bench)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'pages-read-declarations-only',
      comment: 'The reference is written from what an app declares. It runs no part of one.',
      severity: 'error',
      from: { path: '^docs/' },
      to: { path: '^apps/', pathNot: '^apps/[^/]+/src/(config|metrics|jobs/retentions|.*-schema)[.]ts$' },
    },
    {
      name: 'pages-and-their-server-are-apart',
      comment:
        'Pages run in browsers, so nothing of the server reaches them; the server hands out files, and knows no component.',
      severity: 'error',
      from: { path: '^apps/console/src/(ui|server)/' },
      to: { path: '^apps/console/src/(ui|server)/', pathNot: '^apps/console/src/$1/' },
    },
    {
      name: 'contracts-stand-alone',
      comment:
        'The contract is the one thing everyone may import, clients included, so it drags nothing of ours along.',
      severity: 'error',
      from: { path: '^packages/contracts/', pathNot: '[.]test[.]ts$|/test/' },
      to: { path: '^(apps|packages)/', pathNot: '^packages/contracts/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Decisions are tested without a server, a database or a clock: those are handed in.',
      severity: 'error',
      from: { path: '/domain/', pathNot: '[.]test[.]ts$' },
      to: {
        path: [
          'node_modules/(express|@prisma|ioredis|bullmq|undici|pg|http-proxy-middleware)/',
          '^(apps|packages)/.+/(stores|routes|jobs|generated)/',
          '^(node:)?(http|https|http2|net|tls|dns|fs|fs/promises|child_process|cluster)$',
        ],
      },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'tests-stay-out-of-programs',
      comment: 'What runs in production must not reach into tests or the test kit.',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/', pathNot: '[.]test[.]ts$|^packages/test-kit/' },
      to: { path: '[.]test[.]ts$|^packages/test-kit/|^(apps|packages)/[^/]+/test/' },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/generated/' },
    },
    {
      name: 'programs-use-no-dev-dependencies',
      comment:
        'An image holds no devDependencies. Types do not count, nor what is built into the pages of the console.',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/', pathNot: '[.]test[.]ts$|^packages/test-kit/|^apps/console/src/ui/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/src/generated/'] },
    exclude: { path: ['^(apps|packages)/[^/]+/dist/', '^bench/results/'] },
    // The TypeScript compiler it knows is older than ours; swc reads the same syntax.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.css'],
    },
  },
};
