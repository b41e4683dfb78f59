import { useState, type SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { AreaField, SelectField, TextField } from '../../design/field.tsx';
import { listOrNull, textsOf } from '../../design/form.ts';
import { Refusal } from '../../design/states.tsx';

const TYPES = [
  ['keyword', 'Words'],
  ['pii', 'Personal data: mail addresses and phone numbers'],
  ['prompt_injection', 'Attempts to talk a model out of its instructions'],
  ['regex', 'A pattern'],
] as const;
type Type = (typeof TYPES)[number][0];

const ACTIONS = ['block', 'redact', 'flag'] as const;
const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

/** A policy of the kinds that need no more than a form; the API takes every kind. */
export function NewPolicy({ onClose }: { readonly onClose: () => void }) {
  const [type, setType] = useState<Type>('keyword');
  const make = useAct('llm.createPolicy', { quiet: true, done: 'The policy is in force.', onDone: onClose });
  const { fields } = problemOf(make.error);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const texts = textsOf(event.currentTarget);
    make.mutate({
      body: {
        name: texts['name'] ?? '',
        action: ACTIONS.find((one) => one === texts['action']) ?? 'flag',
        severity: SEVERITIES.find((one) => one === texts['severity']) ?? 'medium',
        ...detection(type, texts),
      },
    });
  };
  return (
    <Dialog open onClose={onClose} title="New policy" about="It looks at requests and answers of this environment.">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField label="Name" name="name" required maxLength={120} error={fields['name']} />
        <SelectField
          label="Looks for"
          value={type}
          onChange={({ target: { value } }) => setType(TYPES.find(([name]) => name === value)?.[0] ?? 'keyword')}
        >
          {TYPES.map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </SelectField>
        {type === 'keyword' ? (
          <AreaField label="Words" name="words" required hint="One a line." error={fields['config.words']} />
        ) : null}
        {type === 'regex' ? (
          <TextField
            label="Pattern"
            name="pattern"
            required
            hint="In the syntax of RE2."
            error={fields['config.pattern']}
          />
        ) : null}
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField label="Does" name="action" defaultValue="flag" error={fields['action']}>
            {ACTIONS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
          <SelectField label="Severity" name="severity" defaultValue="medium">
            {SEVERITIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
        </div>
        <Refusal error={make.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make the policy
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function detection(type: Type, texts: Readonly<Record<string, string>>) {
  switch (type) {
    case 'keyword':
      return { type, config: { words: listOrNull(texts['words']) ?? [] } };
    case 'pii':
      return { type, config: { entities: ['email' as const, 'phone' as const] } };
    case 'prompt_injection':
      return { type, config: { sensitivity: 'medium' as const } };
    case 'regex':
      return { type, config: { pattern: texts['pattern'] ?? '' } };
  }
}
