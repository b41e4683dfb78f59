import { Area, AreaChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

/** A line of a chart. */
export interface Series {
  readonly name: string;
  /** `null` where there is nothing to show. */
  readonly values: readonly (number | null)[];
}

interface TimeChartProps {
  readonly label: string;
  /** What each place on the time axis is called. */
  readonly times: readonly string[];
  readonly series: readonly Series[];
}

const COLOURS = [1, 2, 3, 4, 5].map((place) => `var(--color-series-${place})`);
const HEIGHT_PX = 260;
/** Recharts writes the colour of the axis into each of its labels otherwise, where no style sheet reaches. */
const TICK = { fill: 'var(--color-muted)', fontSize: 12 };

/** Numbers over time. Beneath every chart stands a table with the same numbers. */
export function TimeChart({ label, times, series }: TimeChartProps) {
  const data = times.map((time, place) => ({
    time,
    ...Object.fromEntries(series.map(({ name, values }) => [name, values[place] ?? null])),
  }));
  return (
    <figure aria-label={label} className="w-full">
      <ResponsiveContainer width="100%" height={HEIGHT_PX}>
        <AreaChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--color-line)" />
          <XAxis dataKey="time" tick={TICK} tickLine={false} minTickGap={40} stroke="var(--color-line-strong)" />
          <YAxis
            tick={TICK}
            tickLine={false}
            axisLine={false}
            width={48}
            allowDecimals={series.some(({ values }) =>
              values.some((value) => value !== null && !Number.isInteger(value)),
            )}
            stroke="var(--color-line-strong)"
          />
          <Tooltip
            cursor={{ stroke: 'var(--color-line-strong)' }}
            contentStyle={{
              background: 'var(--color-raised)',
              border: '1px solid var(--color-line)',
              borderRadius: 8,
              color: 'var(--color-text)',
            }}
            labelStyle={{ color: 'var(--color-muted)' }}
          />
          {series.length < 2 ? null : (
            <Legend
              iconType="plainline"
              itemSorter={null}
              formatter={(name) => <span className="text-muted">{name}</span>}
            />
          )}
          {series.map(({ name, values }, place) => (
            <Area
              key={name}
              type="linear"
              dataKey={name}
              stroke={COLOURS[place % COLOURS.length] ?? ''}
              fill={COLOURS[place % COLOURS.length] ?? ''}
              fillOpacity={0.12}
              strokeWidth={2}
              dot={values.some((value) => value === null) ? { r: 2.5, strokeWidth: 0, fillOpacity: 1 } : false}
              isAnimationActive={false}
            />
          ))}
        </AreaChart>
      </ResponsiveContainer>
    </figure>
  );
}
