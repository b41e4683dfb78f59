import { useState, type SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Code } from '../../design/copy.tsx';
import { Dialog, DialogActions } from '../../design/dialog.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Refusal } from '../../design/states.tsx';
import { ROLES, rolesUpTo, type Role } from './roles.ts';

const ABOUT: Readonly<Record<Role, string>> = {
  viewer: 'reads about the organisation',
  member: 'calls, and reads keys and usage',
  admin: 'writes keys, invites, changes members',
  owner: 'everything',
};

/** Invites an address; where no mail is sent, the link is handed over by whoever invited. */
export function InviteSomebody({ own, onClose }: { readonly own: Role; readonly onClose: () => void }) {
  const [link, setLink] = useState<string | undefined>();
  const invite = useAct('platform.createInvite', {
    quiet: true,
    done: 'The invitation is on its way.',
    onDone: ({ accept_url: url }) => (url === undefined ? onClose() : setLink(url)),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { email = '', role } = textsOf(event.currentTarget);
    invite.mutate({ body: { email, role: ROLES.find((one) => one === role) ?? 'member' } });
  };
  if (link !== undefined)
    return (
      <Dialog
        open
        onClose={onClose}
        title="Hand this link over"
        about="No mail server is configured here, so nobody else sends it."
      >
        <Code text={link} label="Invitation" />
      </Dialog>
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title="Invite somebody"
      about="They accept it with an account that has proven the address."
    >
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField
          label="E-mail address"
          name="email"
          type="email"
          required
          error={problemOf(invite.error).fields['email']}
        />
        <SelectField label="Role" name="role" defaultValue="member">
          {rolesUpTo(own).map((role) => (
            <option key={role} value={role}>
              {role}: {ABOUT[role]}
            </option>
          ))}
        </SelectField>
        <Refusal error={invite.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={invite.isPending}>
            Invite
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
