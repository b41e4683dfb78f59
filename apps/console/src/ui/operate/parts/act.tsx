import { useState, type ReactNode } from 'react';
import type { OperationId, Operations } from '@turnpike/client';
import { useAct } from '../../api/queries.ts';
import { Button, type Look } from '../../design/button.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { AreaField } from '../../design/field.tsx';
import { Refusal } from '../../design/states.tsx';
import { useMay, type OperatorRole } from './roles.ts';

/** Longest reason, in characters. */
const REASON_CHARS_MAX = 500;

/** What stands in the fields of the form, by their names. */
type Values = Readonly<Record<string, string>>;

interface ActProps<Id extends OperationId> {
  readonly id: Id;
  readonly least: OperatorRole;
  readonly label: string;
  readonly title: string;
  /** What will be different afterwards; made anew as the fields change. */
  readonly effect: ReactNode | ((values: Values) => ReactNode);
  readonly args: (reason: string, values: Values) => Operations[Id]['takes'];
  /** Said when it is done. */
  readonly done: string;
  readonly look?: Look;
  /** Further fields, each with a name. */
  readonly children?: ReactNode;
}

/** A button for an act of operators: it shows the effect, asks for the reason, and is not there for who may not. */
export function Act<Id extends OperationId>({ least, label, look = 'secondary', ...form }: ActProps<Id>) {
  const may = useMay(least);
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button small look={look === 'danger' ? 'risky' : look} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open ? <ActForm {...form} label={label} look={look} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

type FormProps<Id extends OperationId> = Omit<ActProps<Id>, 'least'> & { readonly onClose: () => void };

function ActForm<Id extends OperationId>({
  id,
  label,
  title,
  effect,
  args,
  done,
  look,
  children,
  onClose,
}: FormProps<Id>) {
  const act = useAct(id, { done, quiet: true, onDone: onClose, personal: true });
  const [values, setValues] = useState<Values>({});
  return (
    <Dialog open onClose={onClose} title={title}>
      <form
        className="flex flex-col gap-4"
        onChange={({ currentTarget }) => setValues(valuesOf(currentTarget))}
        onSubmit={(event) => {
          event.preventDefault();
          const now = valuesOf(event.currentTarget);
          act.mutate(args(now['reason'] ?? '', now));
        }}
      >
        {children}
        <section aria-label="Effect" className="rounded-lg bg-sunken px-3 py-2.5">
          {typeof effect === 'function' ? effect(values) : effect}
        </section>
        <AreaField
          label="Reason"
          name="reason"
          required
          rows={2}
          maxLength={REASON_CHARS_MAX}
          hint="Stands in the audit trail beside your name."
        />
        <Refusal error={act.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={look === 'danger' ? 'danger' : 'primary'} busy={act.isPending}>
            {label}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function valuesOf(form: HTMLFormElement): Values {
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') values[name] = value.trim();
  return values;
}
