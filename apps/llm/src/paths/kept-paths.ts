/** What vendors keep for callers, under the account of the credential. `upload`: what becomes a file in several requests. */
export type KeptKind =
  | 'file'
  | 'upload'
  | 'response'
  | 'conversation'
  | 'completion'
  | 'vector_store'
  | 'container'
  | 'skill'
  | 'interaction';

/** What a path does to such an object. */
export interface KeptAct {
  readonly kind: KeptKind;
  /** `upload`: makes a file in several requests, the first of which begins the upload. */
  readonly act: 'make' | 'upload' | 'use' | 'remove' | 'list';
  /** Name in records and metrics. */
  readonly endpoint: string;
  /** Of the object that the path names. */
  readonly id: string | undefined;
  /** The answer describes that object, as lists show it. */
  readonly shows?: boolean;
  /** Where the answer describes a file that came of it. */
  readonly fileIn?: 'file';
}

/** By method and what stands behind the collection, with a star for an id; the first one is that of the object. */
type Acts = Readonly<Record<string, KeptAct['act']>>;
interface Collection {
  readonly path: string;
  readonly kind: KeptKind;
  readonly acts: Acts;
}

const FILES: Collection = {
  path: 'files',
  kind: 'file',
  acts: { POST: 'make', GET: 'list', 'GET /*': 'use', 'DELETE /*': 'remove', 'GET /*/content': 'use' },
};
const OWNED: Acts = { POST: 'make', GET: 'list', 'GET /*': 'use', 'DELETE /*': 'remove' };

const COLLECTIONS: Readonly<Record<'openai' | 'anthropic', readonly Collection[]>> = {
  openai: [
    FILES,
    {
      path: 'uploads',
      kind: 'upload',
      acts: { POST: 'make', 'POST /*/parts': 'use', 'POST /*/complete': 'use', 'POST /*/cancel': 'remove' },
    },
    {
      path: 'responses',
      kind: 'response',
      acts: { 'GET /*': 'use', 'DELETE /*': 'remove', 'POST /*/cancel': 'use', 'GET /*/input_items': 'use' },
    },
    {
      path: 'conversations',
      kind: 'conversation',
      acts: {
        POST: 'make',
        'GET /*': 'use',
        'POST /*': 'use',
        'DELETE /*': 'remove',
        'GET /*/items': 'use',
        'POST /*/items': 'use',
        'GET /*/items/*': 'use',
        'DELETE /*/items/*': 'use',
      },
    },
    {
      path: 'chat/completions',
      kind: 'completion',
      acts: { 'GET /*': 'use', 'POST /*': 'use', 'DELETE /*': 'remove', 'GET /*/messages': 'use' },
    },
    {
      path: 'vector_stores',
      kind: 'vector_store',
      acts: {
        ...OWNED,
        'POST /*': 'use',
        'POST /*/search': 'use',
        'GET /*/files': 'use',
        'POST /*/files': 'use',
        'GET /*/files/*': 'use',
        'POST /*/files/*': 'use',
        'DELETE /*/files/*': 'use',
        'GET /*/files/*/content': 'use',
        'POST /*/file_batches': 'use',
        'GET /*/file_batches/*': 'use',
        'POST /*/file_batches/*/cancel': 'use',
        'GET /*/file_batches/*/files': 'use',
      },
    },
    {
      path: 'containers',
      kind: 'container',
      acts: {
        ...OWNED,
        'GET /*/files': 'use',
        'POST /*/files': 'use',
        'GET /*/files/*': 'use',
        'DELETE /*/files/*': 'use',
        'GET /*/files/*/content': 'use',
      },
    },
  ],
  anthropic: [
    FILES,
    {
      path: 'skills',
      kind: 'skill',
      acts: {
        ...OWNED,
        'GET /*/versions': 'use',
        'POST /*/versions': 'use',
        'GET /*/versions/*': 'use',
        'DELETE /*/versions/*': 'use',
        'GET /*/versions/*/content': 'use',
      },
    },
  ],
};
const INTERACTIONS: Collection = {
  path: 'interactions',
  kind: 'interaction',
  acts: { 'GET /*': 'use', 'DELETE /*': 'remove', 'POST /*/cancel': 'use' },
};
const GOOGLE_FILE = /^files\/\w[\w-]{0,127}$/;
const GOOGLE_ACTS: Acts = { GET: 'use', DELETE: 'remove', 'GET download': 'use' };
const ID = /^\w[\w.-]{0,127}$/;

/** What a request does to an object that is kept; `undefined` where it does nothing that is offered. */
export function keptAct(vendor: 'openai' | 'anthropic', method: string, path: string): KeptAct | undefined {
  const collection = COLLECTIONS[vendor].find(({ path: each }) => path === each || path.startsWith(`${each}/`));
  return collection && actIn(collection, method, path);
}

function actIn({ path: collection, kind, acts }: Collection, method: string, path: string): KeptAct | undefined {
  const segments = path.slice(collection.length + 1).split('/');
  const behind = path === collection ? [] : segments;
  // Ids and names of what is inside of an object take turns.
  const ids = behind.filter((_segment, index) => index % 2 === 0);
  const members = behind.filter((_segment, index) => index % 2 === 1);
  if (!ids.every((id) => ID.test(id))) return undefined;
  const shape = behind.map((segment, index) => `/${index % 2 === 0 ? '*' : segment}`).join('');
  const name = shape === '' ? method : `${method} ${shape}`;
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (act === undefined) return undefined;
  const [id] = ids;
  const endpoint = id === undefined ? collection.replaceAll('/', '.') : [kind, ...members].join('.');
  return {
    kind,
    act,
    id,
    endpoint,
    ...(behind.length === 1 && act === 'use' && { shows: true }),
    ...(name === 'POST /*/complete' && { fileIn: 'file' }),
  };
}

/** The same at Google, behind the version. Its ids have the name of the collection in them, as Google writes them. */
export function googleKeptAct(method: string, path: string): KeptAct | undefined {
  if (path.startsWith(`${INTERACTIONS.path}/`)) return actIn(INTERACTIONS, method, path);
  if (path === 'files')
    return method === 'GET' ? { kind: 'file', act: 'list', endpoint: 'files', id: undefined } : undefined;
  const [id = '', verb, ...more] = path.split(':');
  const act = GOOGLE_ACTS[[method, verb].filter(Boolean).join(' ')];
  if (act === undefined || more.length > 0 || !GOOGLE_FILE.test(id)) return undefined;
  return { kind: 'file', act, id, endpoint: ['file', verb].filter(Boolean).join('.') };
}

/** The id of a file of Google's by how requests name it: its address, or its name; `undefined` for what is none. */
export function googleFileId(uri: string): string | undefined {
  const name = uri.replace(/^https?:\/\/[^/?#]+\/v1(?:beta|alpha)?\//, '');
  return GOOGLE_FILE.test(name) ? name : undefined;
}
