import type { Project } from '../stores/projects.ts';

/** A project as its owner reads it. */
export function projectView({ id, name, createdAt, updatedAt }: Project) {
  return { id, name, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
