/** Scopes that a form offers, and what each opens. Further ones may be typed. */
export const SCOPES = [
  ['account:read', 'Read the profile of the account'],
  ['credits:read', 'Read the balance and the history of credits'],
  ['usage:read', 'Read what was used'],
  ['timepoints:read', 'Read timepoints'],
  ['timepoints:write', 'Generate timepoints; costs credits'],
  ['clockchain:read', 'Read moments'],
  ['clockchain:write', 'Create and change moments'],
  ['llm:invoke', 'Call language models; costs credits'],
  ['organisation:read', 'Read about the organisation'],
] as const;
