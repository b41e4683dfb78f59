import type { Moment as MomentView, Timepoint as TimepointView } from '@turnpike/contracts';
import type { Timepoint } from '../generated/prisma/client.ts';
import type { Moment } from '../stores/moment-store.ts';

/** A scene as the wire shows it. */
export function timepointView(row: Timepoint): TimepointView {
  return {
    id: row.id,
    query: row.query,
    preset: row.preset,
    status: row.status === 'completed' ? 'completed' : 'processing',
    title: row.title,
    slug: row.slug,
    year: row.year,
    scene: row.scene,
    image_url: row.imageUrl,
    parent_id: row.parentId,
    created_at: row.createdAt.toISOString(),
    completed_at: row.completedAt?.toISOString() ?? null,
  };
}

/** A moment as the wire shows it. */
export function momentView(row: Moment): MomentView {
  return {
    path: row.path,
    name: row.name,
    one_liner: row.oneLiner,
    year: row.year,
    visibility: row.visibility,
    created_by: row.createdBy,
    status: row.status,
    created_at: row.createdAt.toISOString(),
  };
}
