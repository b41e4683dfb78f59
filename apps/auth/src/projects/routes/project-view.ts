import type { Project } from '../stores/projects.ts';

/** A project as its owner reads it. */
export function projectView({ id, name, created_at, updated_at }: Project) {
  return { id, name, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}
