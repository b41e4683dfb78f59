import { useId, type ComponentProps, type ReactNode } from 'react';
import { classes } from './classes.ts';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with it. */
  readonly error?: string | undefined;
  readonly className?: string;
}

interface Wiring {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

function Frame({
  label,
  hint,
  error,
  className,
  children,
}: FieldProps & { readonly children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const says = error ?? hint;
  const wiring: Wiring = {
    id,
    ...(says === undefined ? {} : { 'aria-describedby': `${id}-says` }),
    ...(error === undefined ? {} : { 'aria-invalid': true }),
  };
  return (
    <div className={classes('flex flex-col gap-1', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children(wiring)}
      {says === undefined ? null : (
        <p id={`${id}-says`} className={classes('text-sm', error === undefined ? 'text-muted' : 'text-bad')}>
          {says}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, className, ...input }: FieldProps & ComponentProps<'input'>) {
  return (
    <Frame {...framed({ label, hint, error, className })}>
      {(wiring) => <input {...input} {...wiring} className="control" />}
    </Frame>
  );
}

export function AreaField({ label, hint, error, className, ...area }: FieldProps & ComponentProps<'textarea'>) {
  return (
    <Frame {...framed({ label, hint, error, className })}>
      {(wiring) => <textarea rows={3} {...area} {...wiring} className="control" />}
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  className,
  children,
  ...select
}: FieldProps & ComponentProps<'select'>) {
  return (
    <Frame {...framed({ label, hint, error, className })}>
      {(wiring) => (
        <select {...select} {...wiring} className="control">
          {children}
        </select>
      )}
    </Frame>
  );
}

function framed({
  label,
  hint,
  error,
  className,
}: { [K in keyof FieldProps]: FieldProps[K] | undefined } & { label: string }): FieldProps {
  return {
    label,
    ...(hint === undefined ? {} : { hint }),
    ...(error === undefined ? {} : { error }),
    ...(className === undefined ? {} : { className }),
  };
}

export function CheckField({
  label,
  hint,
  ...input
}: { readonly label: ReactNode; readonly hint?: string } & ComponentProps<'input'>) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input type="checkbox" id={id} {...input} className="mt-1 size-4 flex-none accent-solid" />
      <label htmlFor={id}>
        {label}
        {hint === undefined ? null : <span className="block text-sm text-muted">{hint}</span>}
      </label>
    </div>
  );
}
