/** Settings of ClickHouse's HTTP interface itself, which its engine does not know. */
const HTTP_ONLY = new Set([
  'query',
  'database',
  'query_id',
  'session_id',
  'wait_end_of_query',
  'enable_http_compression',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'default_format',
]);
const PARAMETER = 'param_';
const NAME = /^[a-z_][a-z0-9_]*$/i;

/** A statement for the engine. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What an HTTP request asks for, in SQL alone: the settings of its address become a SETTINGS clause, since those of a session would stay. */
export function statementOf(query: URLSearchParams, body: string): Statement {
  const text = query.get('query');
  const parameters: Record<string, string> = {};
  const settings: string[] = [];
  for (const [name, value] of query) {
    if (name.startsWith(PARAMETER)) parameters[name.slice(PARAMETER.length)] = value;
    else if (!HTTP_ONLY.has(name)) settings.push(setting(name, value));
  }
  if (text === null) return { sql: withSettings(body, settings), parameters };
  return { sql: body === '' ? withSettings(text, settings) : `${withSettings(text, settings)}\n${body}`, parameters };
}

function setting(name: string, value: string): string {
  if (!NAME.test(name)) throw new Error(`no setting is named ${name}`);
  return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function withSettings(sql: string, settings: readonly string[]): string {
  const statement = sql.trim().replace(/;$/, '');
  if (settings.length === 0) return statement;
  const clause = `SETTINGS ${settings.join(', ')}`;
  // What is inserted follows its format.
  return /^INSERT\b/i.test(statement)
    ? statement.replace(/\s+FORMAT\s+(\w+)$/i, ` ${clause} FORMAT $1`)
    : `${statement} ${clause}`;
}
