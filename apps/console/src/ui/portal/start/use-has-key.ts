import { useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';

/** Whether there is a key that works; `undefined` until that is known. */
export function useHasKey(): boolean | undefined {
  const scope = useScope();
  const projects = useOperation('account.listProjects', { query: {} }, { enabled: scope === undefined });
  const project = projects.data?.items[0]?.id;
  const own = useOperation(
    'account.listApiKeys',
    { headers: { 'x-project-id': project ?? '' }, query: {} },
    { enabled: scope === undefined && project !== undefined },
  );
  const shared = useOperation('llm.listKeys', { query: {} }, { enabled: scope !== undefined });
  const keys = scope === undefined ? own.data?.items : shared.data?.items;
  return keys?.some(({ is_active: active }) => active);
}
