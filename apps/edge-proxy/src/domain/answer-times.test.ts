import { expect, test } from '@jest/globals';
import { AnswerTimes } from './answer-times.ts';

test('an address that has not answered has no times', () => {
  expect(new AnswerTimes().recent(0)).toBeUndefined();
});

test('the middle and the slow end are those of the last 128 answers', () => {
  const times = new AnswerTimes();
  for (let answer = 0; answer < 500; answer += 1) times.note(answer, 9_000);
  for (let answer = 1; answer <= 128; answer += 1) times.note(1_000, 129 - answer);
  expect(times.recent(1_000)).toEqual({ p50Ms: 64, p95Ms: 122, count: 128 });
});

test('what is older than five minutes no longer counts', () => {
  const times = new AnswerTimes();
  times.note(1_000, 800);
  times.note(200_000, 20);
  expect(times.recent(301_000)).toEqual({ p50Ms: 20, p95Ms: 800, count: 2 });
  expect(times.recent(301_001)).toEqual({ p50Ms: 20, p95Ms: 20, count: 1 });
  expect(times.recent(500_001)).toBeUndefined();
});
