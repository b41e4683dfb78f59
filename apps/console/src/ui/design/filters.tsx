import type { ReactNode } from 'react';

/** What a list is narrowed by; it stands in the address, so that a link shows the same list. */
export function Filters({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-wrap items-end gap-3 max-sm:*:min-w-[45%] max-sm:*:grow">{children}</div>;
}

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T) => void;
}

/** One of a few, all of them in sight. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <fieldset className="flex rounded-lg border border-line-strong bg-surface p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([option, name]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          onClick={() => onChange(option)}
          className="min-h-8 rounded-md px-3 text-sm font-medium text-muted hover:text-text aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
