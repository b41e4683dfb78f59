/**
 * `ask`, at most once in `forMs` milliseconds and once at a time: whoever asks in between gets the last answer. A failure is not remembered.
 */
export function remembered<T>(forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let untilMs = 0;
  return () => {
    if (answer !== undefined && performance.now() < untilMs) return answer;
    const asked = ask();
    answer = asked;
    untilMs = performance.now() + forMs;
    asked.catch(() => {
      if (answer === asked) answer = undefined;
    });
    return asked;
  };
}
