import type { Query } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = 'id, name, created_at, updated_at';

/** A page of a user's projects, oldest first, and how many there are. */
export async function listProjects(
  query: Query,
  userId: string,
  limit: number,
  offset: number,
): Promise<{ items: Project[]; total: number }> {
  const [items, counts] = await Promise.all([
    query<Project>(
      `SELECT ${COLUMNS} FROM project WHERE user_id = $1::uuid AND deleted_at IS NULL ORDER BY created_at, id LIMIT $2::int OFFSET $3::int`,
      userId,
      limit,
      offset,
    ),
    query<{ total: number }>(
      'SELECT count(*)::int AS total FROM project WHERE user_id = $1::uuid AND deleted_at IS NULL',
      userId,
    ),
  ]);
  return { items, total: counts[0]?.total ?? 0 };
}

/** Whether a user has this project. */
export async function hasProject(query: Query, userId: string, id: string): Promise<boolean> {
  const rows = await query(
    'SELECT 1 FROM project WHERE id = $1::uuid AND user_id = $2::uuid AND deleted_at IS NULL',
    id,
    userId,
  );
  return rows.length > 0;
}

/** Makes a project: see `project_create` in the migration. */
export async function createProject(
  query: Query,
  project: { readonly id: string; readonly userId: string; readonly name: string },
  projectsMax: number,
): Promise<Project | 'too_many' | 'inactive'> {
  const [row] = await query<{ outcome: 'created' | 'too_many' | 'inactive'; created_at: Date }>(
    'SELECT * FROM project_create($1::uuid, $2::uuid, $3, $4::int)',
    project.id,
    project.userId,
    project.name,
    projectsMax,
  );
  if (row === undefined) throw new Error('project_create returned no row');
  if (row.outcome !== 'created') return row.outcome;
  return { id: project.id, name: project.name, created_at: row.created_at, updated_at: row.created_at };
}

/** Renames a project of a user; `undefined` where there is none. */
export async function renameProject(
  query: Query,
  id: string,
  userId: string,
  name: string,
): Promise<Project | undefined> {
  const rows = await query<Project>(
    `UPDATE project SET name = $3, updated_at = now()
      WHERE id = $1::uuid AND user_id = $2::uuid AND deleted_at IS NULL RETURNING ${COLUMNS}`,
    id,
    userId,
    name,
  );
  return rows[0];
}

export type ProjectDeletion =
  | { readonly outcome: 'deleted'; readonly deletedAt: Date; readonly revocations: readonly RecordedRevocation[] }
  | { readonly outcome: 'not_found' | 'last' };

/** Deletes a project and ends its keys: see `project_delete` in the migration. Run it in a transaction. */
export async function deleteProject(query: Query, id: string, userId: string): Promise<ProjectDeletion> {
  const [row] = await query<{ outcome: 'deleted' | 'not_found' | 'last'; deleted_at: Date }>(
    'SELECT * FROM project_delete($1::uuid, $2::uuid)',
    id,
    userId,
  );
  if (row === undefined) throw new Error('project_delete returned no row');
  if (row.outcome !== 'deleted') return { outcome: row.outcome };
  const revocations = await query<RecordedRevocation>(
    "SELECT * FROM api_keys_end_project($1::uuid, 'project_deleted')",
    id,
  );
  return { outcome: 'deleted', deletedAt: row.deleted_at, revocations };
}
