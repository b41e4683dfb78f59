import type { Operations } from '@turnpike/client';
import { TextField } from '../../design/field.tsx';
import { Act } from '../parts/act.tsx';

type User = Operations['users.adminGet']['answers'];

/** What can be done to a user, each act with its effect said before. */
export function UserActs({ user }: { readonly user: User }) {
  const { id, tier, status } = user;
  const params = { id };
  const disabled = status === 'disabled';
  return (
    <div className="flex flex-wrap gap-2">
      <Act
        id="users.adminSetTier"
        least="support"
        label="Change tier"
        title="Change the tier"
        done="The tier is changed."
        effect={({ tier: next = tier }) => (
          <p>
            Limits go from <b>{tier}</b> to <b>{next === '' ? '…' : next}</b> with the next request. Nothing ends, and
            no credits move.
          </p>
        )}
        args={(reason, values) => ({ params, body: { tier: values['tier'] ?? '', reason } })}
      >
        <TextField
          label="New tier"
          name="tier"
          required
          defaultValue={tier}
          hint="free, pro, enterprise, or one of RATE_LIMIT_TIERS."
        />
      </Act>
      <Act
        id="users.adminSetStatus"
        least="support"
        label={disabled ? 'Enable' : 'Disable'}
        title={disabled ? 'Bring the user back' : 'Disable the user'}
        look={disabled ? 'secondary' : 'danger'}
        done={disabled ? 'The user is active again.' : 'The user is disabled.'}
        effect={
          disabled ? (
            <p>API keys work as before, and the user signs in anew.</p>
          ) : (
            <p>
              Within a second all sessions and open streams end and API keys are suspended, at every edge. Nothing is
              erased; enabling brings the keys back.
            </p>
          )
        }
        args={(reason) => ({ params, body: { status: disabled ? 'active' : 'disabled', reason } })}
      />
      <Act
        id="users.adminErase"
        least="support"
        label="Erase"
        title="Erase the user for good"
        look="danger"
        done="The erasure has begun."
        effect={
          <p>
            <b>This cannot be taken back.</b> The person is removed from every service and backend: account, sessions,
            keys, profile, records. Entries of the ledger stay without a name.
          </p>
        }
        args={(reason) => ({ params, body: { reason } })}
      />
    </div>
  );
}
