/** What vendors keep for callers, under the account of the credential. */
export type KeptKind = 'file' | 'upload' | 'response' | 'conversation';

/** What a path does to such an object. */
export interface KeptAct {
  readonly kind: KeptKind;
  /** `upload`: makes a file in several requests, the first of which begins the upload. */
  readonly act: 'make' | 'upload' | 'use' | 'remove' | 'list';
  /** Name in records and metrics. */
  readonly endpoint: string;
  /** Of the object that the path names. */
  readonly id: string | undefined;
}

type Acts = Readonly<Record<string, KeptAct['act']>>;

const FILES: Acts = {
  'POST files': 'make',
  'GET files': 'list',
  'GET files/*': 'use',
  'DELETE files/*': 'remove',
  'GET files/*/content': 'use',
};

/** By method and path, with a star for an id. */
const ACTS: Readonly<Record<'openai' | 'anthropic', Acts>> = {
  openai: {
    ...FILES,
    'GET responses/*': 'use',
    'DELETE responses/*': 'remove',
    'POST responses/*/cancel': 'use',
    'GET responses/*/input_items': 'use',
    'POST conversations': 'make',
    'GET conversations/*': 'use',
    'POST conversations/*': 'use',
    'DELETE conversations/*': 'remove',
    'GET conversations/*/items': 'use',
    'POST conversations/*/items': 'use',
    'GET conversations/*/items/*': 'use',
    'DELETE conversations/*/items/*': 'use',
  },
  anthropic: FILES,
};
const KINDS: Readonly<Record<string, KeptKind>> = {
  files: 'file',
  responses: 'response',
  conversations: 'conversation',
};
const GOOGLE_FILE = /^files\/\w[\w-]{0,127}$/;
const GOOGLE_ACTS: Acts = { GET: 'use', DELETE: 'remove', 'GET download': 'use' };
const ID = /^\w[\w.-]{0,127}$/;

/** What a request does to an object that is kept; `undefined` where it does nothing that is offered. */
export function keptAct(vendor: 'openai' | 'anthropic', method: string, path: string): KeptAct | undefined {
  const [collection = '', id, member, inner, ...more] = path.split('/');
  if (more.length > 0 || [id, inner].some((each) => each !== undefined && !ID.test(each))) return undefined;
  const shape = [collection, id && '*', member, inner && '*'].filter((part) => part !== undefined).join('/');
  const name = `${method} ${shape}`;
  const act = Object.hasOwn(ACTS[vendor], name) ? ACTS[vendor][name] : undefined;
  const kind = Object.hasOwn(KINDS, collection) ? KINDS[collection] : undefined;
  if (act === undefined || kind === undefined) return undefined;
  return { kind, act, id, endpoint: id === undefined ? collection : [kind, member].filter(Boolean).join('.') };
}

/** The same at Google, behind the version. Its ids have the name of the collection in them, as Google writes them. */
export function googleKeptAct(method: string, path: string): KeptAct | undefined {
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
