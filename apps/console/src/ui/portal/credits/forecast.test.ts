import { expect, test } from '@jest/globals';
import { forecastOf } from './forecast.ts';

test('says how long credits last at the present pace, as an estimate, and nothing where there is no pace', () => {
  expect(forecastOf(120, 70, 7)).toBe('Estimate: about 12 days at the pace of the last 7 days');
  expect(forecastOf(10, 70, 7)).toBe('Estimate: about 1 day at the pace of the last 7 days');
  expect(forecastOf(3, 70, 7)).toBe('Estimate: less than a day at the pace of the last 7 days');
  expect(forecastOf(100_000, 7, 7)).toBe('Estimate: more than a year at the pace of the last 7 days');
  expect(forecastOf(120, 0, 7)).toBe('Nothing was charged in the last 7 days');
  expect(forecastOf(0, 70, 7)).toBe('Nothing is left to spend');
});
