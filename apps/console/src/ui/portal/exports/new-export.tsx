import { type SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { CheckField, TextField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Refusal } from '../../design/states.tsx';
import { KINDS, timesOf } from './words.ts';

/** Asks what an export is to hold, and begins it. */
export function NewExport({ onClose }: { readonly onClose: () => void }) {
  const make = useAct('platform.createExport', {
    quiet: true,
    done: 'The export is being written.',
    onDone: onClose,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { first, last, ...asked } = textsOf(event.currentTarget);
    const include = KINDS.map(({ kind }) => kind).filter((kind) => asked[kind] !== undefined);
    make.mutate({ body: { include, ...timesOf(first, last) } });
  };
  const { fields } = problemOf(make.error);
  return (
    <Dialog
      open
      onClose={onClose}
      title="New export"
      about="Written in the background, and kept for a week. You may leave this page meanwhile."
    >
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium">What it holds</legend>
          {KINDS.map(({ kind, name, about }) => (
            <CheckField key={kind} name={kind} label={name} hint={about} defaultChecked />
          ))}
          {fields['include'] === undefined ? null : (
            <p role="alert" className="text-sm text-bad">
              Choose one at least.
            </p>
          )}
        </fieldset>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="First day (UTC)"
            name="first"
            type="date"
            hint="From the oldest, unless told."
            error={fields['from']}
          />
          <TextField
            label="Last day (UTC)"
            name="last"
            type="date"
            hint="Up to now, unless told."
            error={fields['to']}
          />
        </div>
        <Refusal error={make.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={make.isPending}>
            Begin the export
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
