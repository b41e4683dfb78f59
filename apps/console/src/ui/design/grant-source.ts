const SOURCES: Readonly<Record<string, string>> = {
  admin: 'Granted by an operator',
  signup_bonus: 'Welcome credits',
  apple_iap: 'Bought in the App Store',
  trial: 'Trial',
};

/** Where credits came from, as people say it; a source that is of a service is called as that calls it. */
export function sourceName(source: string): string {
  const plan = /^plan:(.+)$/.exec(source)?.[1];
  return plan === undefined ? (SOURCES[source] ?? source.replaceAll('_', ' ')) : `The plan ${plan}`;
}
