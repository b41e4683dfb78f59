import { API_COMMANDS } from './api/commands.ts';

/** Every command, with what it does, in the order of the help. */
export const COMMANDS: readonly (readonly [name: string, does: string])[] = [
  ['doctor', 'whether this installation is set up as it should be; exit code 0, 1 for warnings, 2 for problems'],
  ['operators', 'people who operate this installation: list, grant, revoke'],
  ['usage', 'request records: copy from one store to another'],
  ['routes check', 'what is wrong with a routes file, by line'],
  ['routes diff', 'what a routes file would change'],
  ['tail', 'requests as they come'],
  ['secrets rotate', 'a new signing key in the place of the present one'],
  ['secrets revoke', 'ends a signing key that leaked'],
  ['secrets reseal', 'seals what is stored with the first of the encryption keys'],
  ...API_COMMANDS.map(({ name, does }) => [name, does] as const),
  ['api', 'any operation of the OpenAPI document by its id, with its parameters'],
  ['completion bash', 'a function and its completion, for source <(…)'],
];
