import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { call } from '../../api/client.ts';
import { problemOf } from '../../api/problem.ts';
import { Button } from '../../design/button.tsx';
import { download } from '../../design/download.ts';
import { count } from '../../design/format.ts';
import { toast } from '../../design/toast.ts';
import { asCsv, asJsonLines, type AuditQuery, type Entry } from './entries.ts';

/** Entries that one file has at most; where there are more, it is said. */
const EXPORTED_MAX = 5_000;
const PAGE_ROWS = 100;

const FORMATS = [
  { name: 'CSV', file: 'audit.csv', type: 'text/csv;charset=utf-8', write: asCsv },
  { name: 'JSON lines', file: 'audit.jsonl', type: 'application/x-ndjson', write: asJsonLines },
] as const;

/** Hands out a file with every entry that the filters find, not only those on the screen. */
export function Export({ query }: { readonly query: AuditQuery }) {
  const save = useMutation({
    mutationFn: async ({ file, type, write }: (typeof FORMATS)[number]) => {
      const { items, total } = await allEntries(query);
      download(file, type, write(items));
      if (items.length < total)
        toast(`The newest ${count(EXPORTED_MAX)} entries are in the file: narrow the time for the others.`);
    },
    onError: (error) => toast(problemOf(error).detail, 'bad'),
  });
  return FORMATS.map((format) => (
    <Button
      key={format.name}
      busy={save.isPending && save.variables === format}
      disabled={save.isPending}
      onClick={() => save.mutate(format)}
    >
      <Download size={15} aria-hidden />
      {format.name}
    </Button>
  ));
}

/** Every entry that a filter finds, newest first, up to `EXPORTED_MAX`, and how many there are. */
async function allEntries(query: AuditQuery): Promise<{ readonly items: readonly Entry[]; readonly total: number }> {
  // Entries that come meanwhile would move the pages.
  const until = query.until ?? new Date().toISOString();
  const items: Entry[] = [];
  for (;;) {
    const page = await call(undefined, 'auth.listAudit', {
      query: { ...query, until, limit: PAGE_ROWS, offset: items.length },
    });
    items.push(...page.items);
    const { total } = page;
    if (page.items.length === 0 || items.length >= Math.min(total, EXPORTED_MAX)) return { items, total };
  }
}
