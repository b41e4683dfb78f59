import { keepPreviousData, useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { OperationId, Operations } from '@turnpike/client';
import { reauthenticate } from '../app/reauthentication.ts';
import { toast } from '../design/toast.ts';
import { call } from './client.ts';
import { hasCode, problemOf } from './problem.ts';
import { useScope } from './scope.ts';
import { sessionQuery } from './session.ts';

interface QueryChoice<Answer> {
  readonly enabled?: boolean;
  /** Asks again this often, in milliseconds, or as often as the last answer wants; `false` does not. */
  readonly everyMs?: number | false | ((answer: Answer | undefined) => number | false);
  /** Of one's own account, wherever the screen works. */
  readonly personal?: boolean;
  /** What was answered with the session, before anything asked. */
  readonly first?: Answer | undefined;
}

/** What an operation answers; its key is where the screen works, the operation and what it takes. */
export function useOperation<Id extends OperationId>(
  id: Id,
  args: Operations[Id]['takes'],
  { enabled = true, everyMs = false, personal = false, first }: QueryChoice<Operations[Id]['answers']> = {},
): UseQueryResult<Operations[Id]['answers']> {
  const where = useScope();
  const scope = personal ? undefined : where;
  const queries = useQueryClient();
  return useQuery({
    queryKey: ['api', scope ?? null, id, args],
    initialData: first,
    initialDataUpdatedAt: () => queries.getQueryState(sessionQuery.queryKey)?.dataUpdatedAt,
    queryFn: ({ signal }) => call(scope, id, { ...args, signal }),
    enabled,
    refetchInterval: typeof everyMs === 'function' ? ({ state }) => everyMs(state.data) : everyMs,
    placeholderData: keepPreviousData,
  });
}

/** Does it; where the last sign-in is too long ago for that, asks for one and does it then. */
export async function withRecentSignIn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    if (!hasCode(error, 'auth.reauthentication_required') || !(await reauthenticate())) throw error;
    return await act();
  }
}

interface ActChoice<Answer> {
  /** Said when it worked. */
  readonly done?: string;
  readonly onDone?: (answer: Answer) => void;
  readonly personal?: boolean;
  /** A form shows what went wrong itself. */
  readonly quiet?: boolean;
}

/**
 * An act: calls an operation, asks for a sign-in where the last one is too long ago, and then asks again for all that screens show. Says what went
 * wrong, unless a form does.
 */
export function useAct<Id extends OperationId>(id: Id, choice: ActChoice<Operations[Id]['answers']> = {}) {
  const where = useScope();
  const scope = choice.personal === true ? undefined : where;
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (args: Operations[Id]['takes']) => withRecentSignIn(() => call(scope, id, args)),
    onSuccess: async (answer) => {
      if (choice.done !== undefined) toast(choice.done);
      choice.onDone?.(answer);
      await queries.invalidateQueries({ queryKey: ['api'] });
    },
    onError: (error) => {
      if (choice.quiet !== true) toast(problemOf(error).detail, 'bad');
    },
  });
}
