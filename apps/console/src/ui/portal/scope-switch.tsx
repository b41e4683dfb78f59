import { useNavigate } from '@tanstack/react-router';
import { useId } from 'react';
import { useScope } from '../api/scope.ts';
import { Segments } from '../design/filters.tsx';
import { useOrganisations } from './organisations/use-organisations.ts';

const ENVIRONMENTS = [
  ['prod', 'Production'],
  ['test', 'Test'],
] as const;

/** Where the screens work: one's own account, or an organisation and one of its environments. It stands in the address. */
export function ScopeSwitch() {
  const id = useId();
  const scope = useScope();
  const navigate = useNavigate();
  const { data } = useOrganisations();
  const organisations = data?.items ?? [];
  const name = organisations.find(({ slug }) => slug === scope?.organisation)?.name;
  const known = scope === undefined || organisations.some(({ slug }) => slug === scope.organisation);
  return (
    <div className="flex flex-col gap-2 px-1">
      <label htmlFor={id} className="px-1 text-sm text-muted">
        Working in
      </label>
      <select
        id={id}
        className="control"
        title={name}
        value={scope?.organisation ?? ''}
        onChange={({ target: { value } }) =>
          void navigate({
            to: '/',
            search: value === '' ? { org: undefined, env: undefined } : { org: value, env: undefined },
          })
        }
      >
        <option value="">My own account</option>
        {organisations.map(({ id: key, slug, name, status }) => (
          <option key={key} value={slug} disabled={status === 'suspended'}>
            {name}
            {status === 'suspended' ? ' (suspended)' : ''}
          </option>
        ))}
        {known ? null : <option value={scope.organisation}>{scope.organisation}</option>}
      </select>
      {scope === undefined ? null : (
        <Segments
          wide
          label="Environment"
          value={scope.environment}
          options={ENVIRONMENTS}
          onChange={(environment) =>
            void navigate({
              to: '.',
              search: { org: scope.organisation, env: environment === 'test' ? 'test' : undefined },
            })
          }
        />
      )}
    </div>
  );
}
