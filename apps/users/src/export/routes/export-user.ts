import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportUser } from '@turnpike/contracts';
import { AppError, route, uuidv7, writeEvent } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { findUser } from '../../users/stores/users.ts';
import { joinMembers, membersOf, type DocumentPart } from '../domain/export-document.ts';
import { exportOwnTables } from '../own-tables.ts';

export const exportUserRoute = ({ database, relay, exportSources }: Context) =>
  route(exportUser, async ({ identity: { userId }, requestId, response, signal, log }) => {
    const user = await findUser(database, userId);
    if (!user || user.status === 'deleted')
      throw new AppError('resource.gone', { detail: 'This account was deleted.' });
    const [own, { parts, unavailable }] = await Promise.all([
      exportOwnTables(database, userId),
      exportSources.open(userId, signal, log),
    ]);
    const now = new Date();
    await writeEvent(database.query, 'audit.recorded', {
      id: uuidv7(),
      at: now.toISOString(),
      action: 'export.downloaded',
      actor: 'user',
      user_id: userId,
      request_id: requestId,
      detail: {},
    });
    relay.kick();
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Disposition', `attachment; filename="export-${now.toISOString().slice(0, 10)}.json"`);
    const document = joinMembers([inOnePiece({ exported_at: now.toISOString(), unavailable, ...own }), ...parts]);
    // A source that breaks off breaks the download off too, so that nobody takes a part for the whole.
    await pipeline(Readable.from(document), response);
    return 'handled' as const;
  });

function inOnePiece(value: object): DocumentPart {
  return () => membersOf(Readable.from([JSON.stringify(value)]));
}
