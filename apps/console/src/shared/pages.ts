import type { Part } from './session-view.ts';

/** The first parts of the paths that have a page; what stands behind one is the page's own business. */
const FIRST_SEGMENTS: Readonly<Record<Part, readonly string[]>> = {
  portal: [
    '',
    'organisations',
    'invites',
    'members',
    'projects',
    'keys',
    'usage',
    'credits',
    'requests',
    'limits',
    'billing',
    'policies',
    'exports',
    'account',
  ],
  operate: ['operate'],
};
const EVERYWHERE = ['', 'sign-in'];

/** Whether there is a page at a path, in the parts that are served. */
export function isPage(path: string, parts: readonly Part[]): boolean {
  const [, first = ''] = path.split('/');
  return [...EVERYWHERE, ...parts.flatMap((part) => FIRST_SEGMENTS[part])].includes(first);
}
