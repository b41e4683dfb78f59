import { useState } from 'react';
import { useAct } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { Button } from '../../design/button.tsx';
import { Confirm, Dialog, DialogActions } from '../../design/dialog.tsx';
import { SelectField } from '../../design/field.tsx';
import { Refusal } from '../../design/states.tsx';
import type { KeyRow } from './key-row.ts';

const OVERLAPS = [
  ['0', 'none: the old key stops now'],
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '1 week'],
] as const;

interface KeyActsProps {
  readonly row: KeyRow;
  readonly onSecret: (secret: string) => void;
}

/** What can be done with a key that has not ended. */
export function KeyActs({ row, onSecret }: KeyActsProps) {
  const [asked, setAsked] = useState<'rotate' | 'revoke' | undefined>();
  const pause = usePause(row);
  if (row.status === 'ended') return null;
  const close = (): void => setAsked(undefined);
  return (
    <div className="flex flex-wrap justify-end gap-1.5 lg:flex-nowrap">
      {row.status === 'expired' ? null : (
        <Button
          small
          busy={pause.busy}
          onClick={pause.toggle}
          aria-label={`${row.status === 'paused' ? 'Resume' : 'Pause'} ${row.name}`}
        >
          {row.status === 'paused' ? 'Resume' : 'Pause'}
        </Button>
      )}
      {row.status === 'active' ? (
        <Button small onClick={() => setAsked('rotate')} aria-label={`Rotate ${row.name}`}>
          Rotate
        </Button>
      ) : null}
      <Button small onClick={() => setAsked('revoke')} aria-label={`Revoke ${row.name}`} look="risky">
        Revoke
      </Button>
      {asked === 'rotate' ? <Rotate row={row} onSecret={onSecret} onClose={close} /> : null}
      {asked === 'revoke' ? <Revoke row={row} onClose={close} /> : null}
    </div>
  );
}

function usePause({ id, projectId, status, name }: KeyRow): { readonly busy: boolean; readonly toggle: () => void } {
  const scope = useScope();
  const done = status === 'paused' ? `${name} works again.` : `${name} is paused.`;
  const own = useAct('account.updateApiKey', { done });
  const shared = useAct('llm.updateKey', { done });
  const body = { is_active: status === 'paused' };
  return {
    busy: own.isPending || shared.isPending,
    toggle: () =>
      scope === undefined
        ? own.mutate({ params: { key_id: id }, headers: { 'x-project-id': projectId }, body })
        : shared.mutate({ params: { id }, body }),
  };
}

function Rotate({ row, onSecret, onClose }: KeyActsProps & { readonly onClose: () => void }) {
  const [overlap, setOverlap] = useState<string>('3600');
  const rotate = useAct('account.rotateApiKey', {
    quiet: true,
    onDone: ({ full_key: key }) => {
      onClose();
      if (key !== null) onSecret(key);
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Rotate ${row.name}`}
      about="A new key takes its place, with the same scopes and bounds. Both work while programmes change over."
    >
      <SelectField
        label="The old key goes on working for"
        value={overlap}
        onChange={({ target: { value } }) => setOverlap(value)}
      >
        {OVERLAPS.map(([seconds, text]) => (
          <option key={seconds} value={seconds}>
            {text}
          </option>
        ))}
      </SelectField>
      <Refusal error={rotate.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="primary"
          busy={rotate.isPending}
          onClick={() =>
            rotate.mutate({
              params: { key_id: row.id },
              headers: { 'x-project-id': row.projectId },
              body: { overlap_seconds: Number(overlap) },
            })
          }
        >
          Make the new key
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Revoke({ row, onClose }: { readonly row: KeyRow; readonly onClose: () => void }) {
  const revoke = useAct('account.deleteApiKey', { done: `${row.name} is revoked.`, onDone: onClose, quiet: true });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Revoke ${row.name}?`}
      about="It stops working everywhere within a second, and cannot be brought back. What is under way with it ends."
      act="Revoke"
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate({ params: { key_id: row.id }, headers: { 'x-project-id': row.projectId } })}
    />
  );
}
