/** As people know them. */
export const PROVIDER_NAMES = { apple: 'Apple', google: 'Google', github: 'GitHub' } as const;
