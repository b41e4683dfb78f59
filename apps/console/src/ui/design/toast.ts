import type { Tone } from './badge.tsx';

/** A word about what was done, shown for a while. */
export interface Said {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

type Listener = (said: readonly Said[]) => void;

/** How long it is shown, in milliseconds. */
const SHOWN_MS = 6_000;
const SHOWN_MAX = 3;

let said: readonly Said[] = [];
let lastId = 0;
const listeners = new Set<Listener>();

function change(next: readonly Said[]): void {
  said = next;
  for (const listener of listeners) listener(said);
}

/** Says something. */
export function toast(text: string, tone: Tone = 'ok'): void {
  lastId += 1;
  const id = lastId;
  change([...said, { id, text, tone }].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  change(said.filter((one) => one.id !== id));
}

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const current = (): readonly Said[] => said;
