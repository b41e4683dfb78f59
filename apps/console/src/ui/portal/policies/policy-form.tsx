import { useState, type SubmitEvent } from 'react';
import { hasCode, problemOf } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { AreaField, CheckField, SelectField, TextField } from '../../design/field.tsx';
import { Refusal } from '../../design/states.tsx';
import { DetectionFields } from './detection-fields.tsx';
import { bodyOf, TYPES, type Policy, type PolicyBody, type Type } from './detection.ts';

const ACTIONS = ['block', 'redact', 'flag'] as const;
const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

/** A new policy. */
export function NewPolicy({ onClose }: { readonly onClose: () => void }) {
  const make = useAct('llm.createPolicy', { quiet: true, done: 'The policy is in force.', onDone: onClose });
  return (
    <PolicyDialog
      title="New policy"
      act="Make the policy"
      busy={make.isPending}
      error={make.error}
      onClose={onClose}
      onSubmit={(body) => make.mutate({ body })}
    />
  );
}

interface EditPolicyProps {
  /** As it was read when the form was opened. */
  readonly policy: Policy;
  readonly onClose: () => void;
}

/** Changes a policy; where somebody else has changed it since it was read, both are shown and whoever edits decides. */
export function EditPolicy({ policy: opened, onClose }: EditPolicyProps) {
  const [policy, setPolicy] = useState(opened);
  const [mine, setMine] = useState<PolicyBody | undefined>();
  const params = { id: policy.id };
  const change = useAct('llm.replacePolicy', { quiet: true, done: 'The policy is changed.', onDone: onClose });
  const conflict = hasCode(change.error, 'resource.conflict');
  const present = useOperation('llm.getPolicy', { params }, { enabled: conflict });
  const newer = conflict && present.data !== undefined && present.data.version !== policy.version;
  const save = (body: PolicyBody, version: number): void => {
    setMine(body);
    change.mutate({ params, body: { ...body, version } });
  };
  return (
    <PolicyDialog
      key={policy.version}
      title={`Edit ${policy.name}`}
      act="Save"
      policy={policy}
      busy={change.isPending}
      error={newer ? null : change.error}
      onClose={onClose}
      onSubmit={(body) => save(body, policy.version)}
      notice={
        newer ? (
          <div role="alert" className="flex flex-col gap-2 rounded-lg bg-warn-soft px-3 py-2.5">
            <p>
              Somebody has changed it meanwhile: you began with version {policy.version}, and version{' '}
              {present.data.version} is in force. Yours is not saved.
            </p>
            <div className="flex flex-wrap gap-2">
              <Button
                small
                onClick={() => {
                  setPolicy(present.data);
                  change.reset();
                }}
              >
                Begin again from theirs
              </Button>
              {mine === undefined ? null : (
                <Button small look="risky" onClick={() => save(mine, present.data.version)}>
                  Save mine over it
                </Button>
              )}
            </div>
          </div>
        ) : null
      }
    />
  );
}

interface PolicyDialogProps {
  readonly title: string;
  readonly act: string;
  readonly policy?: Policy;
  readonly busy: boolean;
  readonly error: unknown;
  readonly notice?: React.ReactNode;
  readonly onClose: () => void;
  readonly onSubmit: (body: PolicyBody) => void;
}

function PolicyDialog({ title, act, policy, busy, error, notice, onClose, onSubmit }: PolicyDialogProps) {
  const [type, setType] = useState<Type>((policy?.type as Type | undefined) ?? 'keyword');
  const { fields } = problemOf(error);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(bodyOf(new FormData(event.currentTarget), type, policy));
  };
  return (
    <Dialog open onClose={onClose} title={title} about="It looks at requests and answers of this environment.">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField
          label="Name"
          name="name"
          required
          maxLength={120}
          defaultValue={policy?.name}
          error={fields['name']}
        />
        <AreaField
          label="What it is for"
          name="description"
          rows={2}
          maxLength={1_000}
          defaultValue={policy?.description ?? ''}
          error={fields['description']}
        />
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
        <DetectionFields key={type} type={type} config={policy?.type === type ? policy.config : {}} fields={fields} />
        <div className="grid gap-4 sm:grid-cols-3">
          <SelectField label="Does" name="action" defaultValue={policy?.action ?? 'flag'} error={fields['action']}>
            {ACTIONS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
          <SelectField
            label="Looks at"
            name="direction"
            defaultValue={policy?.direction ?? 'both'}
            error={fields['direction']}
          >
            <option value="both">both ways</option>
            <option value="request">requests</option>
            <option value="response">answers</option>
          </SelectField>
          <SelectField label="Severity" name="severity" defaultValue={policy?.severity ?? 'medium'}>
            {SEVERITIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
        </div>
        <CheckField label="In force" name="enabled" defaultChecked={policy?.enabled ?? true} />
        {notice}
        <Refusal error={error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {act}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
