import { AreaField, CheckField, SelectField, TextField } from '../../design/field.tsx';
import { BOUNDS, nameOf, PII, SECRETS, type Type } from './detection.ts';

interface DetectionFieldsProps {
  readonly type: Type;
  /** What it is now. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the gateway said of the fields. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The fields of what a policy looks for. */
export function DetectionFields({ type, config, fields }: DetectionFieldsProps) {
  const text = (name: string): string => {
    const value = config[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const lines = (name: string): string => listOf(config[name]).join('\n');
  const error = (name: string): string | undefined =>
    Object.entries(fields).find(([path]) => path === `config.${name}` || path.startsWith(`config.${name}.`))?.[1];
  switch (type) {
    case 'keyword':
      return (
        <>
          <AreaField
            label="Words"
            name="words"
            required
            hint="One a line."
            defaultValue={lines('words')}
            error={error('words')}
          />
          <SelectField label="Found as" name="match" defaultValue={text('match') || 'word'}>
            <option value="word">whole words</option>
            <option value="substring">any part of a text</option>
          </SelectField>
          <CheckField
            label="Upper and lower case differ"
            name="case_sensitive"
            defaultChecked={config['case_sensitive'] === true}
          />
        </>
      );
    case 'regex':
      return (
        <>
          <TextField
            label="Pattern"
            name="pattern"
            required
            hint="In the syntax of RE2."
            defaultValue={text('pattern')}
            error={error('pattern')}
          />
          <CheckField label="Letter case is ignored" name="ignore_case" defaultChecked={config['flags'] === 'i'} />
        </>
      );
    case 'pii':
      return (
        <Choices
          label="Kinds of personal data"
          name="entities"
          all={PII}
          chosen={config['entities'] === undefined ? ['email', 'phone'] : listOf(config['entities'])}
          error={error('entities')}
        />
      );
    case 'secret':
      return (
        <Choices
          label="Kinds of secrets"
          name="kinds"
          all={SECRETS}
          chosen={config['kinds'] === undefined ? [...SECRETS] : listOf(config['kinds'])}
          error={error('kinds')}
        />
      );
    case 'prompt_injection':
      return (
        <SelectField label="How easily it suspects" name="sensitivity" defaultValue={text('sensitivity') || 'medium'}>
          <option>low</option>
          <option>medium</option>
          <option>high</option>
        </SelectField>
      );
    case 'model':
      return (
        <>
          <AreaField
            label="Only these models"
            name="allow"
            hint="One a line; * stands for any text. Empty: all but those below."
            defaultValue={lines('allow')}
            error={error('allow')}
          />
          <AreaField label="None of these models" name="deny" defaultValue={lines('deny')} error={error('deny')} />
        </>
      );
    case 'limit':
      return BOUNDS.map((name) => (
        <TextField
          key={name}
          label={`At most, ${name.slice(4).replaceAll('_', ' ')}`}
          name={name}
          type="number"
          min={1}
          defaultValue={text(name)}
          error={error(name)}
        />
      ));
    case 'external':
      return (
        <>
          <TextField
            label="Address of the service"
            name="url"
            type="url"
            required
            defaultValue={text('url')}
            error={error('url')}
          />
          <TextField
            label="It may take, in milliseconds"
            name="timeout_ms"
            type="number"
            min={50}
            max={2_000}
            defaultValue={text('timeout_ms') || '1000'}
            error={error('timeout_ms')}
          />
          <SelectField label="When it does not answer" name="on_error" defaultValue={text('on_error') || 'allow'}>
            <option value="allow">the call goes on</option>
            <option value="block">the call is refused</option>
          </SelectField>
        </>
      );
  }
}

interface ChoicesProps {
  readonly label: string;
  readonly name: string;
  readonly all: readonly string[];
  readonly chosen: readonly string[];
  readonly error: string | undefined;
}

function Choices({ label, name, all, chosen, error }: ChoicesProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      <div className="grid gap-1.5 sm:grid-cols-2">
        {all.map((one) => (
          <CheckField key={one} label={nameOf(one)} name={name} value={one} defaultChecked={chosen.includes(one)} />
        ))}
      </div>
      {error === undefined ? null : <p className="text-sm text-bad">{error}</p>}
    </fieldset>
  );
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
