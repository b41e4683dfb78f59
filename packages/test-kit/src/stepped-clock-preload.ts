/** Loaded before a service's own modules: see `steppedClock`. */
import { STEPPED } from './stepped-clock.ts';

const RealDate = Date;
const stepMs = Number(process.env['TEST_CLOCK_STEP_MS'] ?? 0);
let offsetMs = Number(process.env['TEST_CLOCK_OFFSET_MS'] ?? 0);

const now = (): number => RealDate.now() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: [], newTarget: new () => object) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});

process.on('SIGUSR2', () => {
  offsetMs += stepMs;
  process.stdout.write(`${STEPPED}\n`);
});
