/** Says what is going on while the stack starts and runs. */
export interface Progress {
  /** Runs a step and says how it went; a failure is passed on. */
  readonly step: <T>(name: string, run: () => Promise<T>) => Promise<T>;
  /** One line about something that happened. */
  readonly note: (text: string) => void;
}

/** Progress as lines of text: the step's name when it begins, the time it took when it is done. */
export function textProgress(write: (text: string) => void): Progress {
  let open: string | undefined;
  const endLine = (): void => {
    if (open !== undefined) write('\n');
    open = undefined;
  };
  return {
    step: async (name, run) => {
      endLine();
      open = name;
      write(`  ${name} …`);
      const startedAt = Date.now();
      try {
        const result = await run();
        // A note in between has broken the line; then the name is said again.
        write(`${open === name ? '' : `  ${name}`} ready (${((Date.now() - startedAt) / 1_000).toFixed(1)} s)\n`);
        return result;
      } catch (error) {
        write(`${open === name ? '' : `  ${name}`} failed\n`);
        throw error;
      } finally {
        open = undefined;
      }
    },
    note: (text) => {
      endLine();
      write(`  ${text}\n`);
    },
  };
}

/** For callers that want to hear nothing. */
export const silentProgress: Progress = { step: async (_name, run) => await run(), note: () => undefined };
