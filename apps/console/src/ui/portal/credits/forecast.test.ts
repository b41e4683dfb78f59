import { expect, test } from '@jest/globals';
import { forecastOf } from './forecast.ts';

test('says how long credits last at the present pace, as an estimate, and nothing where there is no pace', () => {
  const week = (spent: number) => [500, 0, 0, 0, 0, 0, 0, spent];
  expect(forecastOf(120, week(70))).toBe('Estimate: about 12 days at the pace of the last 7 days');
  expect(forecastOf(10, week(70))).toBe('Estimate: about 1 day at the pace of the last 7 days');
  expect(forecastOf(3, week(70))).toBe('Estimate: less than a day at the pace of the last 7 days');
  expect(forecastOf(100_000, week(7))).toBe('Estimate: more than a year at the pace of the last 7 days');
  expect(forecastOf(120, week(0))).toBe('Nothing was charged in the last 7 days');
  expect(forecastOf(0, week(70))).toBe('Nothing is left to spend');
});
