import type { ReactNode } from 'react';
import { classes } from './classes.ts';

/** What a list is narrowed by; it stands in the address, so that a link shows the same list. */
export function Filters({ children }: { readonly children: ReactNode }) {
  return <div className="filters flex flex-wrap items-end gap-3">{children}</div>;
}

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T) => void;
  /** It takes all the room that there is. */
  readonly wide?: boolean;
}

/** One of a few, all of them in sight. */
export function Segments<T extends string>({ label, value, options, onChange, wide = false }: SegmentsProps<T>) {
  return (
    <fieldset className="flex rounded-lg border border-line-strong bg-surface p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([option, name]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          onClick={() => onChange(option)}
          className={classes(
            'min-h-8 rounded-md px-3 text-sm font-medium text-muted hover:text-text aria-pressed:bg-accent-soft aria-pressed:text-accent',
            wide && 'flex-1',
          )}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
