import { TextField } from '../../design/field.tsx';
import { Act } from '../parts/act.tsx';
import { PricePreview } from './price-preview.tsx';
import type { Price } from './price.ts';

const PRICE = '[0-9]{1,10}([.][0-9]{1,6})?';

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
        effect={({ cost: next = '' }) => <PricePreview operation={operation} before={cost} next={next} />}
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
      effect={({ operation = '', cost = '' }) =>
        operation === '' ? (
          <p>Routes that charge for the operation work from the next request on.</p>
        ) : (
          <PricePreview operation={operation} before={null} next={cost} />
        )
      }
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
