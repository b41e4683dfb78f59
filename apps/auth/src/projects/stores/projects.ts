import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';
import type { ProjectOwner } from '../owner.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A page of somebody's projects, oldest first, and how many there are. */
export async function listProjects(
  { prisma }: Db,
  owner: ProjectOwner,
  limit: number,
  offset: number,
): Promise<{ items: Project[]; total: number }> {
  const where = { ...owner, deletedAt: null };
  const [items, total] = await Promise.all([
    prisma.project.findMany({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], take: limit, skip: offset }),
    prisma.project.count({ where }),
  ]);
  return { items, total };
}

/** Whether somebody has this project. */
export async function hasProject({ prisma }: Db, owner: ProjectOwner, id: string): Promise<boolean> {
  const where = { id, ...owner, deletedAt: null };
  return (await prisma.project.findFirst({ where, select: { id: true } })) !== null;
}

/** The same of a project that may have been deleted. */
export async function hadProject({ prisma }: Db, owner: ProjectOwner, id: string): Promise<boolean> {
  return (await prisma.project.findFirst({ where: { id, ...owner }, select: { id: true } })) !== null;
}

const created = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), created_at: z.date() }),
  z.object({ outcome: z.enum(['too_many', 'inactive']) }),
]);

/** Makes a person's project: the function `project_create`. */
export async function createProject(
  db: Db,
  { id, userId, name }: { readonly id: string; readonly userId: string; readonly name: string },
  projectsMax: number,
): Promise<Project | 'too_many' | 'inactive'> {
  const row = await db.one(created)`
    SELECT * FROM project_create(${id}::uuid, ${userId}::uuid, ${name}, ${projectsMax}::int)`;
  if (row.outcome !== 'created') return row.outcome;
  return { id, name, createdAt: row.created_at, updatedAt: row.created_at };
}

/** Renames a project; `undefined` where there is none. */
export async function renameProject(
  { prisma }: Db,
  owner: ProjectOwner,
  id: string,
  name: string,
): Promise<Project | undefined> {
  const [project] = await prisma.project.updateManyAndReturn({
    where: { id, ...owner, deletedAt: null },
    data: { name, updatedAt: new Date() },
  });
  return project;
}

export type ProjectDeletion =
  | { readonly outcome: 'deleted'; readonly deletedAt: Date; readonly revocations: readonly RecordedRevocation[] }
  | { readonly outcome: 'not_found' | 'last' };

const deleted = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('deleted'), deleted_at: z.date() }),
  z.object({ outcome: z.enum(['not_found', 'last']) }),
]);

/** Deletes a person's project and ends its keys: the functions `project_delete` and `api_keys_end_project`. Run it in a transaction. */
export async function deleteProject(db: Db, id: string, userId: string): Promise<ProjectDeletion> {
  const row = await db.one(deleted)`SELECT * FROM project_delete(${id}::uuid, ${userId}::uuid)`;
  if (row.outcome !== 'deleted') return { outcome: row.outcome };
  const revocations = await db.many(revocationRow)`SELECT * FROM api_keys_end_project(${id}::uuid, 'project_deleted')`;
  return { outcome: 'deleted', deletedAt: row.deleted_at, revocations };
}
