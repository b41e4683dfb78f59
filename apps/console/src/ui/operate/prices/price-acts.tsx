import { useOperation } from '../../api/queries.ts';
import { TextField } from '../../design/field.tsx';
import { count, credits } from '../../design/format.ts';
import { Act } from '../parts/act.tsx';
import type { Price } from './price.ts';

const PRICE = '[0-9]{1,10}([.][0-9]{1,6})?';
/** Of charges, the newest so many are looked at for a preview. */
const LOOKED_AT_MAX = 100;

/** A new price for an operation that has one, and its end. */
export function PriceActs({ price: { operation, cost } }: { readonly price: Price }) {
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <Act
        id="credits.setCost"
        least="admin"
        label="Set price"
        title={`Price of ${operation}`}
        done="The price is set."
        effect={({ cost: next = '' }) => <Preview operation={operation} before={cost} next={next} />}
        args={(reason, values) => ({ params: { operation }, body: { cost: values['cost'] ?? '', reason } })}
      >
        <TextField
          label="Credits"
          name="cost"
          required
          pattern={PRICE}
          inputMode="decimal"
          hint="At most six decimals."
        />
      </Act>
      {cost === null ? null : (
        <Act
          id="credits.retireCost"
          least="admin"
          label="Retire"
          title={`Retire ${operation}`}
          look="danger"
          done="The operation is retired."
          effect={
            <p>Routes that charge for it answer 503 from the next request on. Holds that are open keep their price.</p>
          }
          args={(reason) => ({ params: { operation }, body: { reason } })}
        />
      )}
    </div>
  );
}

/** The first price of an operation. */
export function NewPrice() {
  return (
    <Act
      id="credits.setCost"
      least="admin"
      label="New operation"
      title="Price of a new operation"
      look="primary"
      done="The price is set."
      effect={<p>Routes that charge for the operation work from the next request on.</p>}
      args={(reason, values) => ({
        params: { operation: values['operation'] ?? '' },
        body: { cost: values['cost'] ?? '', reason },
      })}
    >
      <TextField label="Operation" name="operation" required pattern="[a-z0-9][a-z0-9_.:\-]{0,63}" />
      <TextField label="Credits" name="cost" required pattern={PRICE} inputMode="decimal" />
    </Act>
  );
}

interface PreviewProps {
  readonly operation: string;
  readonly before: number | null;
  readonly next: string;
}

/** What the new price would have made of the newest charges. */
function Preview({ operation, before, next }: PreviewProps) {
  const requests = useOperation(
    'usage.adminListRequests',
    { query: { status: '2xx', limit: LOOKED_AT_MAX } },
    { personal: true },
  );
  const charged = (requests.data?.items ?? []).filter((one) => one.operation === operation);
  const price = Number(next);
  if (next === '' || Number.isNaN(price))
    return <p>Now {before === null ? 'retired' : `${credits(before)} credits`}.</p>;
  const difference = before === null ? price : price - before;
  return (
    <p>
      {before === null ? 'Retired' : `${credits(before)} credits`} → <b>{credits(price)} credits</b>, for every hold
      made from now on.{' '}
      {charged.length === 0
        ? 'None of the newest requests was charged for it.'
        : `Of the newest ${LOOKED_AT_MAX} requests ${count(charged.length)} were: they would have brought ${credits(Math.abs(difference * charged.length).toFixed(6))} credits ${difference < 0 ? 'less' : 'more'}.`}
    </p>
  );
}
