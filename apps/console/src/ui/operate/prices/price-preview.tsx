import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { call } from '../../api/client.ts';
import { useOperation } from '../../api/queries.ts';
import { counted, creditAmount } from '../../design/format.ts';
import { LINK_LOOK } from '../parts/links.tsx';
import { canCharge, chargesFor, differenceOf, type Charges } from './effect.ts';

type Route = Operations['platform.adminListRoutes']['answers']['items'][number];

/** Routes that are looked through for the operation, and of those that charge for it. */
const ROUTES_MAX = 100;
const SHOWN_MAX = 6;
/** Of a route's calls, the newest so many are looked at. */
const LOOKED_AT_MAX = 100;
const DAYS = 7;
const DAY_MS = 86_400_000;

interface PreviewProps {
  readonly operation: string;
  readonly before: number | null;
  readonly next: string;
}

/** Which routes a new price is for, and what it would have made of the last days' calls. */
export function PricePreview({ operation, before, next }: PreviewProps) {
  const routes = useOperation(
    'platform.adminListRoutes',
    { query: { source: 'file', limit: ROUTES_MAX } },
    { personal: true },
  );
  const charging = (routes.data?.items ?? []).filter((route) => canCharge(route.operation, operation));
  const shown = charging.slice(0, SHOWN_MAX);
  const looked = useCharges(operation, shown);
  const price = next === '' || Number.isNaN(Number(next)) ? undefined : Number(next);
  return (
    <div className="flex flex-col gap-2">
      <p>
        {before === null ? 'No price' : creditAmount(before)} →{' '}
        {price === undefined ? 'say how much' : <b>{creditAmount(price)}</b>}, for every hold made from now on. Holds
        that are open keep their price.
      </p>
      {routes.data === undefined ? null : charging.length === 0 ? (
        <p className="text-muted">No route of the file charges for it.</p>
      ) : (
        <>
          <p className="text-sm text-muted">Calls of the last {DAYS} days at this price:</p>
          <ul className="flex flex-col gap-1 text-sm">
            {shown.map((route, place) => (
              <li key={route.id} className="flex flex-wrap justify-between gap-x-4">
                <Link to="/operate/requests" search={{ route: route.id }} className={LINK_LOOK}>
                  {route.methods?.join(', ')} {route.path}
                </Link>
                <RouteEffect charges={looked[place]} before={before} price={price} />
              </li>
            ))}
          </ul>
          {charging.length > SHOWN_MAX ? (
            <p className="text-sm text-muted">and {counted(charging.length - SHOWN_MAX, 'further route')}</p>
          ) : null}
        </>
      )}
    </div>
  );
}

/** How often each route was charged for the operation; `undefined` while it is not known. */
function useCharges(operation: string, routes: readonly Route[]): readonly (Charges | undefined)[] {
  // Whole days, so that the answer is the same for as long as the form is open.
  const [from] = useState(() => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS).toISOString());
  return useQueries({
    queries: routes.map(({ id }) => {
      const query = { route: id, status: '2xx', from, limit: LOOKED_AT_MAX };
      return {
        queryKey: ['api', null, 'usage.adminListRequests', { query }],
        queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
          call(undefined, 'usage.adminListRequests', { query, signal }),
      };
    }),
  }).map(({ data }) => data && chargesFor(operation, { total: data.total, newest: data.items }));
}

interface RouteEffectProps {
  readonly charges: Charges | undefined;
  readonly before: number | null;
  readonly price: number | undefined;
}

function RouteEffect({ charges, before, price }: RouteEffectProps) {
  if (charges === undefined) return <span className="text-muted">not known</span>;
  const about = charges.exact ? '' : 'about ';
  const difference = price === undefined ? undefined : differenceOf(charges.count, before, price);
  return (
    <span>
      {about}
      {counted(charges.count, 'charge')}
      {difference === undefined ? null : (
        <b>
          , {difference < 0 ? '−' : '+'}
          {creditAmount(Math.abs(difference))}
        </b>
      )}
    </span>
  );
}
