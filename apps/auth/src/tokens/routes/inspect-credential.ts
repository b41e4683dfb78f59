import { inspectCredential } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { inspectKey, inspectSession } from '../stores/credential-inspection.ts';

export const inspectCredentialRoute = ({ database }: Context) =>
  route(inspectCredential, async ({ query }) => {
    const { key_id: keyId, session_id: sessionId } = query;
    const [key, session] = await Promise.all([
      keyId === undefined ? undefined : inspectKey(database, keyId),
      sessionId === undefined ? undefined : inspectSession(database, sessionId),
    ]);
    return {
      status: 200,
      body: {
        key:
          key === undefined
            ? null
            : {
                id: key.id,
                prefix: key.prefix,
                name: key.name,
                user_id: key.userId,
                project_id: key.projectId,
                scopes: key.scopes,
                created_at: key.createdAt.toISOString(),
                expires_at: earlier(key.expiresAt, key.retiresAt)?.toISOString() ?? null,
                revoked_at: key.revokedAt?.toISOString() ?? null,
                revoke_reason: key.revokeReason,
                revoked_by: key.endedBy,
              },
        session:
          session === undefined
            ? null
            : {
                id: session.id,
                user_id: session.userId,
                method: session.method,
                opened_at: session.createdAt.toISOString(),
                ended_at: session.endedAt?.toISOString() ?? null,
                end_reason: session.endReason,
              },
      },
    };
  });

/** A key that was rotated ends when its overlap does, if it would not end before. */
function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
