import { Download } from 'lucide-react';
import { useState } from 'react';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button, buttonClass } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { bytes, count } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Day, Time } from '../../design/time.tsx';
import { useManages } from '../members/use-manages.ts';
import { useOrganisations } from '../organisations/use-organisations.ts';
import { NewExport } from './new-export.tsx';
import { failureWords, KINDS, STATE_TONES, type Export } from './words.ts';

/** How often one that is being written is looked at again, in milliseconds. */
const WRITTEN_EVERY_MS = 2_000;

const COLUMNS: readonly Column<Export>[] = [
  {
    name: 'Asked for',
    sortBy: ({ created_at: at }) => at,
    cell: ({ id, created_at: at }) => (
      <div>
        <Time at={at} />
        <span className="block text-sm">
          <CopyId id={id} label="export id" />
        </span>
      </div>
    ),
  },
  {
    name: 'Holds',
    cell: ({ include, from, to }) => (
      <div>
        {KINDS.filter(({ kind }) => include.includes(kind))
          .map(({ name }) => name)
          .join(', ')}
        <span className="block text-sm text-muted">
          {from === null ? 'from the oldest record' : <Day at={from} />} to <Day at={to} />
        </span>
      </div>
    ),
  },
  {
    name: 'State',
    sortBy: ({ state }) => state,
    cell: (entry) => (
      <div>
        <Badge tone={STATE_TONES[entry.state]}>{entry.state}</Badge>
        <span className="block text-sm text-muted">{failureWords(entry)}</span>
      </div>
    ),
  },
  { name: 'Records', numeric: true, sortBy: ({ records }) => records, cell: ({ records }) => count(records) },
  { name: 'Size', numeric: true, sortBy: ({ bytes: size }) => size, cell: ({ bytes: size }) => bytes(size) },
  { name: 'Kept until', cell: ({ expires_at: at }) => <Time at={at} dated /> },
  { name: 'Acts', unnamed: true, cell: (entry) => <ExportActs entry={entry} /> },
];

/** An organisation's records as files: what is being written, and what can be downloaded. */
export function ExportsScreen() {
  const [making, setMaking] = useState(false);
  const acts = useManages();
  const organisations = useOrganisations();
  return (
    <Page
      title="Exports"
      about="This organisation’s requests and credit entries of both environments, as one file each: a JSON object a line, compressed with gzip."
      actions={
        acts ? (
          <Button look="primary" onClick={() => setMaking(true)}>
            New export
          </Button>
        ) : undefined
      }
    >
      <Loaded query={organisations} rows={2}>
        {() =>
          acts ? (
            <ExportList />
          ) : (
            <Card>
              <Empty title="Not with your role">
                Admins and owners of this organisation export its records. Ask one of them.
              </Empty>
            </Card>
          )
        }
      </Loaded>
      {making ? <NewExport onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}

function ExportList() {
  const exports = useOperation(
    'platform.listExports',
    {},
    {
      everyMs: (answer) => (answer?.items.some(({ state }) => state === 'running') === true ? WRITTEN_EVERY_MS : false),
    },
  );
  return (
    <Card title="Exports" about="At most five; each goes a week after it was finished." flush>
      <Loaded query={exports} rows={2}>
        {({ items }) => (
          <DataTable
            caption="Exports, newest first"
            columns={COLUMNS}
            rows={items}
            rowKey={({ id }) => id}
            empty={
              <Empty title="No exports yet">Begin one, and it is listed here while it is written and for a week.</Empty>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}

function ExportActs({ entry: { id, state, download } }: { readonly entry: Export }) {
  const [asked, setAsked] = useState(false);
  const remove = useAct('platform.deleteExport', {
    quiet: true,
    done: 'The export is deleted.',
    onDone: () => setAsked(false),
  });
  return (
    <div className="flex flex-wrap justify-end gap-1.5">
      {download === null ? null : (
        <a href={download.url} download className={buttonClass('secondary', true)}>
          <Download size={14} aria-hidden />
          Download
        </a>
      )}
      <Button small look="risky" onClick={() => setAsked(true)}>
        {state === 'running' ? 'Give up' : 'Delete'}
      </Button>
      {asked ? (
        <Confirm
          open
          onClose={() => setAsked(false)}
          title={state === 'running' ? 'Give this export up?' : 'Delete this export?'}
          about="Its files and its links go. The records themselves stay, and can be exported again."
          act="Delete the export"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { id } })}
        />
      ) : null}
    </div>
  );
}
