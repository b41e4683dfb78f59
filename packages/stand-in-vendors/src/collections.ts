import { contentOf, isKept, keep, keepContent, keptFiles, name, removeKept, shownKept, upload } from './kept.ts';
import { json, type Asked } from './script.ts';

type Json = Readonly<Record<string, unknown>>;

/** How a vendor describes what it keeps in a collection, and what is inside of each object of it. */
interface Collection {
  readonly make: (asked: Asked) => Json & { readonly id: string };
  readonly removed: (id: string) => object;
  /** Makes what is inside of an object, by the name of the inner collection. */
  readonly inside: Readonly<Record<string, (asked: Asked, id: string) => Json & { readonly id: string }>>;
}

const deleted = (object: string) => (id: string) => ({ id, object, deleted: true });

const COLLECTIONS: Readonly<Record<string, Collection>> = {
  vector_stores: {
    make: ({ body }) => ({
      id: `vs_${name()}`,
      object: 'vector_store',
      created_at: 1,
      name: body['name'] ?? null,
      status: 'in_progress',
      usage_bytes: 0,
      file_counts: { total: Array.isArray(body['file_ids']) ? body['file_ids'].length : 0 },
    }),
    removed: deleted('vector_store.deleted'),
    inside: {
      files: ({ body }, id) => ({
        id: String(body['file_id']),
        object: 'vector_store.file',
        vector_store_id: id,
        status: 'completed',
      }),
      file_batches: (_asked, id) => ({
        id: `vsfb_${name()}`,
        object: 'vector_store.file_batch',
        vector_store_id: id,
        status: 'completed',
      }),
    },
  },
  containers: {
    make: ({ body }) => ({
      id: `cntr_${name()}`,
      object: 'container',
      created_at: 1,
      name: body['name'],
      status: 'running',
    }),
    removed: deleted('container.deleted'),
    inside: {
      files: (asked, id) => {
        const file = `cfile_${name()}`;
        keepContent(file, asked.text);
        return { id: file, object: 'container.file', container_id: id, path: '/mnt/data/a.txt', source: 'user' };
      },
    },
  },
  uploads: {
    make: ({ body }) => ({ ...body, id: `upload_${name()}`, object: 'upload', created_at: 1, status: 'pending' }),
    removed: deleted('upload'),
    inside: {
      parts: (asked, id) => {
        const part = `part_${name()}`;
        keepContent(part, String(contentOf(String(upload(asked, false).id))));
        return { id: part, object: 'upload.part', upload_id: id, created_at: 1 };
      },
    },
  },
  skills: {
    make: () => ({
      id: `skill_${name()}`,
      type: 'skill',
      display_title: 'A skill',
      latest_version: '1',
      source: 'custom',
    }),
    removed: (id) => ({ id, type: 'skill_deleted' }),
    inside: {
      versions: (_asked, id) => ({ id: `skillver_${name()}`, type: 'skill_version', skill_id: id, version: name() }),
    },
  },
};

/** What OpenAI keeps besides files, responses and conversations, and Anthropic's skills. False where the path is of none of them. */
export function collections(asked: Asked, call: string, unknown: unknown): boolean {
  const [collection = '', id, member, inner, more] = call.split('/');
  const kind = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection] : undefined;
  if (kind === undefined) return false;
  if (id === undefined) {
    const made = kind.make(asked);
    keep(made.id, made);
    json(asked, asked.method === 'POST' ? made : { data: keptFiles('') });
    return true;
  }
  const object = shownKept(id);
  if (object === undefined) json(asked, unknown, 404);
  else if (member === undefined) whole(asked, kind, object, id);
  else if (collection === 'uploads' && member !== 'parts') ended(asked, object, id, member);
  else if (member === 'search') json(asked, { object: 'vector_store.search_results.page', data: [], has_more: false });
  else insideOf(asked, kind, { id, member, inner, more }, unknown);
  return true;
}

function whole(asked: Asked, kind: Collection, object: Json, id: string): void {
  if (asked.method === 'DELETE') {
    removeKept(id);
    return json(asked, kind.removed(id));
  }
  // A store is ready once it has been looked at.
  const now = { ...object, ...asked.body, ...('file_counts' in object && { status: 'completed' }) };
  keep(id, now);
  return json(asked, now);
}

function ended(asked: Asked, object: Json, id: string, member: string): void {
  if (member === 'cancel') {
    removeKept(id);
    return json(asked, { ...object, status: 'cancelled' });
  }
  const parts = asked.body['part_ids'];
  const content = Array.isArray(parts) ? parts.map((part) => contentOf(String(part))).join('') : '';
  const file = {
    id: `file-${name()}`,
    object: 'file',
    bytes: content.length,
    created_at: 1,
    filename: object['filename'],
    purpose: object['purpose'],
    status: 'processed',
  };
  keep(file.id, file);
  keepContent(file.id, content);
  removeKept(id);
  return json(asked, { ...object, status: 'completed', file });
}

interface Inside {
  readonly id: string;
  readonly member: string;
  readonly inner: string | undefined;
  readonly more: string | undefined;
}

function insideOf(asked: Asked, kind: Collection, { id, member, inner, more }: Inside, unknown: unknown): void {
  const place = `${id}/${member}`;
  const listed = (shownKept(place)?.['data'] ?? []) as readonly Json[];
  if (inner === undefined && asked.method === 'POST') {
    const made = kind.inside[member]?.(asked, id);
    if (made === undefined || (member === 'files' && asked.body['file_id'] !== undefined && !isKept(made.id)))
      return json(asked, unknown, 404);
    keep(place, { data: [...listed, made] });
    return json(asked, made);
  }
  if (inner === undefined) return json(asked, { object: 'list', data: listed, has_more: false });
  const found = listed.find((each) => each['id'] === inner || each['version'] === inner);
  if (found === undefined) return json(asked, unknown, 404);
  if (asked.method === 'DELETE') {
    keep(place, { data: listed.filter((each) => each !== found) });
    return json(asked, { id: inner, deleted: true });
  }
  if (more === 'content') return void asked.response.writeHead(200).end(contentOf(inner));
  return json(asked, more === undefined ? found : { object: 'list', data: [], has_more: false });
}
