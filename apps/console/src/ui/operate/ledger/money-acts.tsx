import { TextField } from '../../design/field.tsx';
import { credits } from '../../design/format.ts';
import { Act } from '../parts/act.tsx';

interface MoneyActsProps {
  readonly owner: { readonly type: 'user' | 'organisation'; readonly id: string };
  readonly available: number;
  readonly debt: number;
}

/** Grants and write-offs, with the balance before and after. */
export function MoneyActs({ owner, available, debt }: MoneyActsProps) {
  return (
    <div className="flex flex-wrap gap-2">
      <Act
        id="credits.adminGrant"
        least="admin"
        label="Grant credits"
        title="Grant credits"
        done="The credits are granted."
        effect={({ amount = '' }) => {
          const granted = Number(amount);
          if (amount === '' || !Number.isInteger(granted) || granted < 1) return <p>Say how many.</p>;
          const paid = Math.min(granted, debt);
          return (
            <p>
              Available: <b>{credits(available)}</b> → <b>{credits(available + granted - paid)}</b> credits
              {paid > 0 ? `; ${credits(paid)} of it pays the debt first` : ''}. Each time it is confirmed it grants
              anew.
            </p>
          );
        }}
        args={(reason, values) => ({ body: { owner, amount: Number(values['amount']), reason } })}
      >
        <TextField label="Credits" name="amount" inputMode="numeric" pattern="[1-9][0-9]{0,8}" required />
      </Act>
      {debt > 0 ? (
        <Act
          id="credits.writeOffDebt"
          least="admin"
          label="Forgive debt"
          title="Forgive the debt"
          look="danger"
          done="The debt is forgiven."
          effect={
            <p>
              Debt: <b>{credits(debt)}</b> → <b>0</b> credits, for good. The books show it as written off, with the
              reason.
            </p>
          }
          args={(reason) => ({ body: { owner, reason } })}
        />
      ) : null}
    </div>
  );
}
