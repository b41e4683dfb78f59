import { useState, type SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { Button } from '../../design/button.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { AreaField, CheckField, SelectField, TextField } from '../../design/field.tsx';
import { listOrNull, numberOrNull, textsOf } from '../../design/form.ts';
import { Refusal } from '../../design/states.tsx';
import { SCOPES } from './scopes.ts';

interface NewKeyProps {
  readonly onClose: () => void;
  readonly onSecret: (secret: string) => void;
}

/** A new key: in a project of one's own, or of the organisation with what it may be used for. */
export function NewKey({ onClose, onSecret }: NewKeyProps) {
  const scope = useScope();
  return (
    <Dialog open onClose={onClose} title="New API key" about="Give it what it needs, and nothing else.">
      {scope === undefined ? (
        <OwnKeyForm onClose={onClose} onSecret={onSecret} />
      ) : (
        <OrganisationKeyForm onClose={onClose} onSecret={onSecret} />
      )}
    </Dialog>
  );
}

function OwnKeyForm({ onClose, onSecret }: NewKeyProps) {
  const projects = useOperation('account.listProjects', { query: { limit: 100 } });
  const make = useAct('account.createApiKey', {
    quiet: true,
    onDone: ({ full_key: key }) => {
      onClose();
      if (key !== null) onSecret(key);
    },
  });
  const { fields } = problemOf(make.error);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const texts = textsOf(event.currentTarget);
    make.mutate({
      headers: { 'x-project-id': texts['project'] ?? '' },
      body: {
        name: texts['name'] ?? '',
        scopes: scopesOf(event.currentTarget),
        rate_limit_per_minute: numberOrNull(texts['per_minute']),
        expires_in_days: numberOrNull(texts['days']),
      },
    });
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <TextField
        label="Name"
        name="name"
        required
        maxLength={120}
        placeholder="Production server"
        error={fields['name']}
      />
      <SelectField label="Project" name="project">
        {projects.data?.items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <Scopes />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Requests a minute"
          name="per_minute"
          type="number"
          min={1}
          max={100_000}
          hint="Empty: as the account."
          error={fields['rate_limit_per_minute']}
        />
        <TextField
          label="Expires in days"
          name="days"
          type="number"
          min={1}
          max={3_650}
          hint="Empty: never."
          error={fields['expires_in_days']}
        />
      </div>
      <Ending error={make.error} busy={make.isPending} onClose={onClose} />
    </form>
  );
}

function OrganisationKeyForm({ onClose, onSecret }: NewKeyProps) {
  const make = useAct('llm.createKey', {
    quiet: true,
    onDone: ({ key }) => {
      onClose();
      onSecret(key);
    },
  });
  const { fields } = problemOf(make.error);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const texts = textsOf(event.currentTarget);
    const perMinute = numberOrNull(texts['per_minute']);
    const spend = numberOrNull(texts['spend']);
    make.mutate({
      body: {
        name: texts['name'] ?? '',
        scopes: scopesOf(event.currentTarget),
        ...(perMinute !== null && { rate_limit_per_minute: perMinute }),
        allowed_models: listOrNull(texts['models']),
        allowed_ips: listOrNull(texts['addresses']),
        ...(spend !== null && { spend_limit: { credits: spend, period: 'month' as const } }),
      },
    });
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <TextField
        label="Name"
        name="name"
        required
        maxLength={120}
        placeholder="Production server"
        error={fields['name']}
      />
      <Scopes />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Requests a minute"
          name="per_minute"
          type="number"
          min={1}
          max={100_000}
          hint="Empty: 60."
          error={fields['rate_limit_per_minute']}
        />
        <TextField
          label="Credits a month"
          name="spend"
          type="number"
          min={0}
          step="any"
          hint="For language models. Empty: no limit."
          error={fields['spend_limit.credits']}
        />
      </div>
      <AreaField
        label="Models"
        name="models"
        rows={2}
        hint="One a line, * for any text. Empty: all."
        error={fields['allowed_models.0'] ?? fields['allowed_models']}
      />
      <AreaField
        label="Client addresses"
        name="addresses"
        rows={2}
        hint="Addresses or ranges such as 203.0.113.0/24, one a line. Empty: from anywhere."
        error={fields['allowed_ips.0'] ?? fields['allowed_ips']}
      />
      <Ending error={make.error} busy={make.isPending} onClose={onClose} />
    </form>
  );
}

function Scopes() {
  const [all, setAll] = useState(false);
  const shown = all ? SCOPES : SCOPES.slice(0, 5);
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Scopes</legend>
      {shown.map(([scope, about]) => (
        <CheckField
          key={scope}
          name="scope"
          value={scope}
          defaultChecked={scope === 'credits:read'}
          label={<code className="font-mono text-[0.92em]">{scope}</code>}
          hint={about}
        />
      ))}
      {all ? null : (
        <Button small look="quiet" className="self-start" onClick={() => setAll(true)}>
          Show all scopes
        </Button>
      )}
    </fieldset>
  );
}

function scopesOf(form: HTMLFormElement): string[] {
  return new FormData(form).getAll('scope').filter((scope) => typeof scope === 'string');
}

function Ending({
  error,
  busy,
  onClose,
}: {
  readonly error: unknown;
  readonly busy: boolean;
  readonly onClose: () => void;
}) {
  return (
    <>
      <Refusal error={error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={busy}>
          Make the key
        </Button>
      </DialogActions>
    </>
  );
}
