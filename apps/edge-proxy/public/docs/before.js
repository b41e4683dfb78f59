// The page's schema library looks for `eval` unless it is told not to, which the content policy would report.
globalThis.__zod_globalConfig = { jitless: true };
