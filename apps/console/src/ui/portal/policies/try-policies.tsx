import type { SubmitEvent } from 'react';
import { useAct } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { AreaField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Refusal } from '../../design/states.tsx';
import { nameOf } from './detection.ts';

/** Shows what the policies in force would find in a text. Nothing of it is kept. */
export function TryPolicies({ onClose }: { readonly onClose: () => void }) {
  const attempt = useAct('llm.testPolicies', { quiet: true });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    attempt.mutate({ body: { text: textsOf(event.currentTarget)['text'] ?? '' } });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Try on a text"
      about="All policies of this environment that are on. Nothing is kept or charged."
    >
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <AreaField label="Text" name="text" required rows={5} maxLength={32_768} />
        <Refusal error={attempt.error} />
        {attempt.data === undefined ? null : (
          <output className="flex flex-col gap-2 rounded-lg bg-sunken p-3">
            <span>
              {attempt.data.blocked ? (
                <Badge tone="bad">blocked</Badge>
              ) : attempt.data.redacted === null ? (
                <Badge tone="ok">passes</Badge>
              ) : (
                <Badge tone="warn">redacted</Badge>
              )}
            </span>
            {attempt.data.matches.map(({ policy_name: name, entity, masked, start }) => (
              <span key={`${name} ${start} ${entity}`} className="text-sm">
                {name}: {nameOf(entity)} <code className="font-mono">{masked}</code>
              </span>
            ))}
            {attempt.data.redacted === null ? null : <code className="font-mono text-sm">{attempt.data.redacted}</code>}
          </output>
        )}
        <DialogActions>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" busy={attempt.isPending}>
            Try
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
