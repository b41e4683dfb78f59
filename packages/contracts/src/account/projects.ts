import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { envelope, field, shown } from '../fields.ts';
import { scopedRefusals } from '../platform/refusals.ts';
import { LEAST_ROLE } from '../platform/roles.ts';
import { pageOf, pageQuery } from './pagination.ts';

const projectView = z
  .object({
    id: field.id,
    name: shown.name,
    created_at: field.timestamp,
    updated_at: field.timestamp,
  })
  .meta({ id: 'Project' });

const projectParams = z.object({ id: field.id });

export const listProjects = defineEndpoint({
  id: 'account.listProjects',
  owner: 'auth',
  family: 'account',
  method: 'GET',
  path: '/auth/projects',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.read'],
  summary: 'Own projects, oldest first',
  description:
    'There is always one: sign-up makes a default project, and so does an organisation in each environment. With the token of an organisation: ' +
    'the projects of that organisation and environment.',
  query: pageQuery,
  responses: { 200: envelope(pageOf(projectView)) },
  errors: ['request.invalid', ...scopedRefusals, 'service.unavailable'],
});

export const createProject = defineEndpoint({
  id: 'account.createProject',
  owner: 'auth',
  family: 'account',
  method: 'POST',
  path: '/auth/projects',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  summary: 'Make a project',
  body: z.object({ name: field.name }),
  responses: { 201: envelope(projectView) },
  errors: ['request.invalid', ...scopedRefusals, 'resource.conflict', 'service.unavailable'],
});

export const updateProject = defineEndpoint({
  id: 'account.updateProject',
  owner: 'auth',
  family: 'account',
  method: 'PATCH',
  path: '/auth/projects/:id',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  summary: 'Rename a project',
  params: projectParams,
  body: z.object({ name: field.name }),
  responses: { 200: envelope(projectView) },
  errors: ['request.invalid', ...scopedRefusals, 'resource.not_found', 'service.unavailable'],
});

export const deleteProject = defineEndpoint({
  id: 'account.deleteProject',
  owner: 'auth',
  family: 'account',
  method: 'DELETE',
  path: '/auth/projects/:id',
  access: 'user',
  acceptsScoped: true,
  minRole: LEAST_ROLE['keys.write'],
  endsAccess: true,
  summary: 'Delete a project and end its keys',
  description: 'The last project cannot be deleted (409).',
  params: projectParams,
  responses: {
    200: envelope(
      z.object({ id: field.id, deleted_at: field.timestamp, keys_deactivated: z.number().int().nonnegative() }),
    ),
  },
  errors: ['request.invalid', ...scopedRefusals, 'resource.not_found', 'resource.conflict', 'service.unavailable'],
});
