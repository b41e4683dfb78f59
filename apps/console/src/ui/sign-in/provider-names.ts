/** As people know them. */
export const PROVIDER_NAMES = { apple: 'Apple', google: 'Google', github: 'GitHub' } as const;

/** Whether a way to sign in is one of these. */
export function isProvider(way: string): way is keyof typeof PROVIDER_NAMES {
  return Object.hasOwn(PROVIDER_NAMES, way);
}

const OTHER_WAYS: Readonly<Record<string, string>> = {
  email: 'Code by e-mail',
  password: 'Password',
  demo: 'Demo account',
};

/** Any way to sign in, in words; as it is where there are none. */
export function wayName(way: string): string {
  return isProvider(way) ? PROVIDER_NAMES[way] : (OTHER_WAYS[way] ?? way);
}
