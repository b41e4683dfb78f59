import { median } from '../statistics.ts';
import type { CpuResult } from './measure-cpu.ts';

const WIDTH = 800;
const LABELS = 190;
const VALUES = 110;
const BAR = 26;
const GAP = 14;
const TOP = 48;

/** CPU per request as bars, with a line from the least to the most of the rounds: an SVG document. */
export function plotCpu(results: readonly CpuResult[], title: string): string {
  const drawn = results
    .filter(({ rounds }) => rounds.length > 0)
    .map(({ contender, rounds }) => ({ contender, micros: rounds.map(({ micros }) => micros) }));
  const most = Math.max(1, ...drawn.flatMap(({ micros }) => micros));
  const x = (micros: number): number => LABELS + ((WIDTH - LABELS - VALUES) * micros) / most;
  const height = TOP + drawn.length * (BAR + GAP) + GAP;
  const bars = drawn.map(({ contender, micros }, index) => {
    const top = TOP + index * (BAR + GAP);
    const centre = top + BAR / 2;
    const middle = median(micros);
    const fill = contender === 'edge' ? '#2563eb' : '#94a3b8';
    return [
      `<text x="${LABELS - 10}" y="${centre}" text-anchor="end" dominant-baseline="middle">${contender}</text>`,
      `<rect x="${LABELS}" y="${top}" width="${(x(middle) - LABELS).toFixed(1)}" height="${BAR}" fill="${fill}"/>`,
      `<line x1="${x(Math.min(...micros)).toFixed(1)}" x2="${x(Math.max(...micros)).toFixed(1)}" y1="${centre}" y2="${centre}" stroke="#0f172a" stroke-width="2"/>`,
      `<text x="${(x(Math.max(...micros)) + 8).toFixed(1)}" y="${centre}" dominant-baseline="middle">${middle.toFixed(1)} µs</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="14">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${GAP}" y="26" font-size="16">${title}</text>
${bars.join('\n')}
</svg>
`;
}
