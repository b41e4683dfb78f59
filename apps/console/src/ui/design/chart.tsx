import { lazy, Suspense, type ComponentProps } from 'react';

const TimeChart = lazy(() => import('./time-chart.tsx').then((module) => ({ default: module.TimeChart })));

/** A chart of numbers over time, which is loaded when it is first shown; its room is kept meanwhile. */
export function Chart(props: ComponentProps<typeof TimeChart>) {
  return (
    <div className="min-h-[260px]">
      <Suspense fallback={<div className="skeleton h-[260px]" />}>
        <TimeChart {...props} />
      </Suspense>
    </div>
  );
}
