import { useParams } from '@tanstack/react-router';
import { useOperation } from '../../api/queries.ts';
import { Badge, statusTone, type Tone } from '../../design/badge.tsx';
import { CopyId } from '../../design/copy.tsx';
import { credits, duration } from '../../design/format.ts';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { KeyLink, UserLink } from '../parts/links.tsx';

const TONES: Readonly<Record<string, Tone>> = { passed: 'ok', refused: 'bad', skipped: 'plain' };

/** One request, decision by decision. */
export function RequestScreen() {
  const { recordId = '' }: { readonly recordId?: string | undefined } = useParams({ strict: false });
  const request = useOperation('usage.adminExplainRequest', { params: { id: recordId } }, { personal: true });
  return (
    <Page title="A request explained" about="Each decision on its way, and what credits and auth know of it now.">
      <Loaded query={request}>
        {(data) => (
          <>
            <Card title={`${data.method} ${data.route ?? 'no route'}`}>
              <Facts
                facts={[
                  [
                    'Answer',
                    <Badge key="answer" tone={statusTone(data.status)}>
                      {data.status}
                    </Badge>,
                  ],
                  ['Code', data.error_code ?? '—'],
                  ['When', <Time key="when" at={data.created_at} />],
                  ['Request id', <CopyId key="request-id" id={data.request_id} label="request id" />],
                  ['User', <UserLink key="user" id={data.user_id} />],
                  [
                    'Path',
                    data.path === null ? (
                      '—'
                    ) : (
                      <code key="path" className="font-mono text-sm">
                        {data.path}
                      </code>
                    ),
                  ],
                  ['Key', data.key_prefix === null ? '—' : <KeyLink key="key" prefix={data.key_prefix} />],
                  ['Held', data.held === null ? '—' : `${credits(data.held)} credits`],
                  ['Charged', data.charged === null ? '—' : `${credits(data.charged)} credits`],
                  ['Backend', data.upstream ?? '—'],
                  ['Time', duration(data.duration_ms)],
                ]}
              />
            </Card>
            <Card title="Why it ended so">
              <ol className="flex flex-col gap-3">
                {data.explain.map(({ link, outcome, detail }) => (
                  <li key={link} className="grid gap-x-4 gap-y-1 sm:grid-cols-[7rem_6rem_1fr]">
                    <span className="font-medium">{link}</span>
                    <span>
                      <Badge tone={TONES[outcome] ?? 'plain'}>{outcome}</Badge>
                    </span>
                    <span className="min-w-0 wrap-anywhere">{detail}</span>
                  </li>
                ))}
              </ol>
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}
