import { Chart } from '../../design/chart.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { bucketTime, credits } from '../../design/format.ts';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { SPENDING_DAYS, type DaySpent, type useSpending } from './use-spending.ts';

const COLUMNS: readonly Column<DaySpent>[] = [
  { name: 'Day (UTC)', sortBy: ({ day }) => day, cell: ({ day }) => bucketTime(day, 'day') },
  { name: 'Credits', numeric: true, sortBy: ({ cost }) => Number(cost), cell: ({ cost }) => credits(cost) },
];

/** What calls cost, day by day, and the same numbers beneath. */
export function Spending({
  spending,
  organisation,
}: {
  readonly spending: ReturnType<typeof useSpending>;
  readonly organisation: boolean;
}) {
  return (
    <Card
      title="Spent over time"
      about={`Credits a day, in the last ${SPENDING_DAYS} days${organisation ? ', by calls of this environment' : ''}.`}
      flush
    >
      <Loaded query={spending} rows={6}>
        {(days) => {
          const spent = days.filter(({ cost }) => Number(cost) > 0);
          if (spent.length === 0)
            return <Empty title="Nothing was spent">What calls cost shows here, day by day, within seconds.</Empty>;
          return (
            <>
              <div className="px-3 pb-3 sm:px-5">
                <Chart
                  label="Credits spent, by day"
                  times={days.map(({ day }) => bucketTime(day, 'day'))}
                  series={[{ name: 'Credits', values: days.map(({ cost }) => Number(cost)) }]}
                />
              </div>
              <details className="border-t border-line">
                <summary className="px-5 py-3 text-sm text-muted">The same numbers as a table</summary>
                <DataTable
                  caption="Credits spent by day; days without any are left out"
                  columns={COLUMNS}
                  rows={spent}
                  rowKey={({ day }) => day}
                  empty={null}
                />
              </details>
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
