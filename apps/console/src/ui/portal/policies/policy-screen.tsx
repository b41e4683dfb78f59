import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { useManages } from '../members/use-manages.ts';
import { bodyOfVersion, lookedFor, type Policy } from './detection.ts';
import { SEVERITY_TONES } from './looks.ts';
import { EditPolicy } from './policy-form.tsx';

type Version = Operations['llm.listPolicyVersions']['answers']['items'][number];

const route = getRouteApi('/portal/policies/$id');
const ROWS = 20;

/** One policy: as it is, and as it was. */
export function PolicyScreen() {
  const { id } = route.useParams();
  const policy = useOperation('llm.getPolicy', { params: { id } });
  const manages = useManages();
  const [edited, setEdited] = useState<Policy | undefined>();
  return (
    <Page
      title={policy.data?.name ?? 'Policy'}
      about={policy.data?.description ?? undefined}
      actions={
        policy.data === undefined || !manages ? undefined : (
          <Button look="primary" onClick={() => setEdited(policy.data)}>
            Edit
          </Button>
        )
      }
    >
      <Link to="/policies" search={({ org, env }) => ({ org, env })} className="-mt-3 text-accent hover:underline">
        All policies
      </Link>
      <Loaded query={policy}>
        {(data) => (
          <>
            <Card title="In force">
              <Facts facts={factsOf(data)} />
            </Card>
            <Versions policy={data} manages={manages} />
          </>
        )}
      </Loaded>
      {edited === undefined ? null : <EditPolicy policy={edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}

function factsOf(policy: Policy) {
  return [
    ['Id', <CopyId key="id" id={policy.id} label="policy id" />],
    ['Looks for', lookedFor(policy)],
    [
      'Does',
      <Badge key="does" tone={policy.enabled ? 'accent' : 'plain'}>
        {policy.enabled ? policy.action : 'off'}
      </Badge>,
    ],
    ['Looks at', { request: 'requests', response: 'answers', both: 'requests and answers' }[policy.direction]],
    [
      'Severity',
      <Badge key="severity" tone={SEVERITY_TONES[policy.severity]}>
        {policy.severity}
      </Badge>,
    ],
    ['Priority', `${policy.priority} (the lower comes first)`],
    ['Only calls of', Object.keys(policy.scope).length === 0 ? 'everybody' : JSON.stringify(policy.scope)],
    ['Version', policy.version],
    ['Changed', <Time key="changed" at={policy.updated_at} />],
    ['Made', <Time key="made" at={policy.created_at} />],
  ] as const;
}

interface VersionsProps {
  readonly policy: Policy;
  readonly manages: boolean;
}

function Versions({ policy, manages }: VersionsProps) {
  const { offset = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  const params = { id: policy.id };
  const versions = useOperation('llm.listPolicyVersions', { params, query: { limit: ROWS, offset } });
  const restore = useAct('llm.replacePolicy', { done: 'It is as it was then, as a new version.' });
  const columns: readonly Column<Version>[] = [
    { name: 'Version', numeric: true, cell: ({ version }) => version },
    { name: 'Looked for', lead: true, cell: (version) => <span className="wrap-anywhere">{lookedFor(version)}</span> },
    { name: 'Did', cell: ({ action, enabled }) => (enabled ? action : 'off') },
    { name: 'Severity', cell: ({ severity }) => severity },
    { name: 'Since', cell: ({ changed_at: at }) => <Time at={at} /> },
    {
      name: 'By',
      cell: ({ changed_by: by }) => (by === null ? 'somebody who was erased' : <CopyId id={by} label="user id" />),
    },
    {
      name: 'Acts',
      unnamed: true,
      cell: (version) =>
        version.version === policy.version ? (
          <Badge tone="ok">in force</Badge>
        ) : manages ? (
          <Button
            small
            busy={restore.isPending}
            aria-label={`Put version ${version.version} in force again`}
            onClick={() => restore.mutate({ params, body: { ...bodyOfVersion(version), version: policy.version } })}
          >
            In force again
          </Button>
        ) : null,
    },
  ];
  return (
    <Card title="Versions" about="Each change is kept. An older one can be put in force again." flush>
      <Loaded query={versions}>
        {({ items, total }) => (
          <>
            <DataTable
              caption="Versions, newest first"
              columns={columns}
              rows={items}
              rowKey={({ version }) => String(version)}
              empty={<Empty title="No versions" />}
            />
            <Pagination
              offset={offset}
              limit={ROWS}
              total={total}
              onOffset={(next) => void navigate({ search: (now) => ({ ...now, offset: next || undefined }) })}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
