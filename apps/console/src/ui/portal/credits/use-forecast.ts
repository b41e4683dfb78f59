import { useState } from 'react';
import { useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { forecastOf } from './forecast.ts';

const DAYS = 7;
const DAY_MS = 86_400_000;

/** How long what can be spent lasts; `undefined` while the pace is not known. */
export function useForecast(available: number | undefined): string | undefined {
  const organisation = useScope() !== undefined;
  const [period] = useState(() => {
    const toMs = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    return {
      from: new Date(toMs - DAYS * DAY_MS).toISOString(),
      to: new Date(toMs).toISOString(),
      interval: 'day' as const,
    };
  });
  // An organisation's credits are spent by all of its members.
  const own = useOperation('usage.get', { query: period }, { enabled: !organisation });
  const all = useOperation('usage.analyticsStats', { query: period }, { enabled: organisation });
  const spent = (organisation ? all.data : own.data)?.totals.cost;
  return available === undefined || spent === undefined ? undefined : forecastOf(available, Number(spent), DAYS);
}
