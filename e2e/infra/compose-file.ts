import { readYaml } from './repository.ts';

/** The parts of a compose file that the tests look at. */
export interface ComposeService {
  image: string;
  build?: { dockerfile: string };
  command?: string[];
  container_name?: string;
  cap_drop?: string[];
  depends_on?: Record<string, { condition: string }>;
  env_file?: { path: string; required?: boolean }[];
  environment?: Record<string, string | number>;
  healthcheck?: { disable?: boolean; test?: string[] };
  hostname?: string;
  init?: boolean;
  network_mode?: string;
  networks?: string[];
  ports?: string[];
  privileged?: boolean;
  read_only?: boolean;
  restart?: string;
  security_opt?: string[];
  stop_grace_period?: string;
  volumes?: (string | { type: string; read_only?: boolean })[];
  working_dir?: string;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean } | null>;
}

export const composeFile = readYaml('docker-compose.yml') as ComposeFile;

/** The service of that name; throws when there is none. */
export function composeService(name: string): ComposeService {
  const service = composeFile.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** `$$`, `${NAME}`, `${NAME:-default}` and `${NAME:?message}`: what the file uses of compose's interpolation. */
const variablePattern = /\$\$|\$\{([A-Z0-9_]+)(?::(-|\?)([^}]*))?\}/g;

/** A variable as the file uses it. */
export interface ComposeVariable {
  name: string;
  /** Compose refuses to start without it. */
  required: boolean;
  fallback: string;
}

/** Every variable in a text, in order. */
export function variablesIn(text: string): ComposeVariable[] {
  return [...text.matchAll(variablePattern)].flatMap(([, name, operator, word]) =>
    name === undefined ? [] : [{ name, required: operator === '?', fallback: operator === '-' ? (word ?? '') : '' }],
  );
}

/** Replaces variables the way compose does: an empty value counts as unset. Throws for a required one that is missing. */
export function interpolate(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    variablePattern,
    (_match, name: string | undefined, operator: string | undefined, word: string | undefined) => {
      if (name === undefined) return '$';
      const value = values.get(name);
      if (value) return value;
      if (operator === '?') throw new Error(`${name} ${word ?? ''}`);
      return operator === '-' ? (word ?? '') : '';
    },
  );
}
