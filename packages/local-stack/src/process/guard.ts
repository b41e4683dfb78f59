import { spawn } from 'node:child_process';

/**
 * Waits for a word on standard input. End of input without one means that the process holding the other end is gone,
 * killed by force perhaps: then the guarded process is asked to end, and after ten seconds made to.
 */
const script = `
read -r word && exit 0
kill -s "$2" "$1" 2>/dev/null || exit 0
tries=0
while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -s KILL "$1" 2>/dev/null
exit 0
`;

/**
 * Makes sure that process `pid` does not outlive this one, however this one ends. A shell of a few hundred kilobytes
 * holds the other end of a pipe; the kernel closes ours when we die, which no handler of ours could promise.
 *
 * @returns releases the guard; call it once the process has ended, before its id is used again
 */
export function guardProcess(pid: number, stopSignal: NodeJS.Signals): () => void {
  const guard = spawn('/bin/sh', ['-c', script, 'turnpike-guard', String(pid), stopSignal.replace(/^SIG/, '')], {
    // Its own group: Ctrl-C in the terminal must not end the guard before us.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] },
  });
  // The guard may be gone already when it is released; there is nothing left to tell it then.
  guard.stdin.on('error', () => undefined);
  guard.on('error', () => undefined);
  guard.unref();
  return () => guard.stdin.end('released\n');
}
