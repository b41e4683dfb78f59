import { z } from 'zod';
import type { Environment } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { hasAdmin } from '../../organisations/stores/admins.ts';
import { lockOrganisation } from '../../organisations/stores/members.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';
import type { Project, ProjectDeletion } from './projects.ts';

/** An organisation in one of its environments. */
interface Place {
  readonly id: string;
  readonly env: Environment;
}

/** Makes a project of an organisation. Its lock makes concurrent calls count one after another. `no_admin`: the person is none now. */
export async function createOrganisationProject(
  db: Db,
  { id: organisationId, env: environment }: Place,
  project: { readonly id: string; readonly userId: string; readonly name: string },
  projectsMax: number,
): Promise<Project | 'too_many' | 'no_admin'> {
  await lockOrganisation(db, organisationId);
  if (!(await hasAdmin(db, organisationId, project.userId))) return 'no_admin';
  if ((await liveProjects(db, organisationId, environment)).length >= projectsMax) return 'too_many';
  const { id, name } = project;
  return db.prisma.project.create({ data: { id, name, organisationId, environment } });
}

/** Deletes a project of an organisation and ends its keys, unless it is the last of its environment. Run it in a transaction. */
export async function deleteOrganisationProject(
  db: Db,
  { id: organisationId, env: environment }: Place,
  id: string,
): Promise<ProjectDeletion> {
  await lockOrganisation(db, organisationId);
  const live = await liveProjects(db, organisationId, environment);
  if (!live.includes(id.toLowerCase())) return { outcome: 'not_found' };
  if (live.length === 1) return { outcome: 'last' };
  const { deletedAt } = await db.one(z.object({ deletedAt: z.date() }))`
    UPDATE project SET deleted_at = clock_timestamp(), updated_at = clock_timestamp() WHERE id = ${id}::uuid
    RETURNING deleted_at AS "deletedAt"`;
  const revocations = await db.many(revocationRow)`SELECT * FROM api_keys_end_project(${id}::uuid, 'project_deleted')`;
  return { outcome: 'deleted', deletedAt, revocations };
}

async function liveProjects({ prisma }: Db, organisationId: string, environment: Environment): Promise<string[]> {
  const where = { organisationId, environment, deletedAt: null };
  return (await prisma.project.findMany({ where, select: { id: true } })).map(({ id }) => id);
}
