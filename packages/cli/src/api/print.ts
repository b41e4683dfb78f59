/** Columns of a table, at most; the rest is in `--json`. */
const COLUMNS_MAX = 8;
const CELL_CHARS_MAX = 60;

/** An answer of the API for people: lists of objects as tables, everything else as names and values. */
export function readable(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return listText(value, indent);
  if (!isObject(value)) return `${indent}${cell(value)}\n`;
  const width = Math.max(0, ...Object.keys(value).map((name) => name.length));
  return Object.entries(value)
    .map(([name, member]) =>
      isObject(member) || (Array.isArray(member) && member.some(isObject))
        ? `${indent}${name}:\n${readable(member, `${indent}  `)}`
        : `${indent}${name.padEnd(width)}  ${cell(member)}\n`,
    )
    .join('');
}

function listText(rows: readonly unknown[], indent: string): string {
  if (rows.length === 0) return `${indent}none\n`;
  if (!rows.every(isObject)) return rows.map((row) => readable(row, indent)).join('');
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    rows.every((row) => !isObject(row[name]) && !(Array.isArray(row[name]) && row[name].some(isObject))),
  );
  if (names.length === 0) return rows.map((row) => readable(row, indent)).join('\n');
  const columns = names.slice(0, COLUMNS_MAX);
  const table = [columns, ...rows.map((row) => columns.map((name) => cell(row[name])))];
  const widths = columns.map((_name, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) => `${indent}${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** On one line, and without what a terminal would obey. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  const text = Array.isArray(value)
    ? value.map(cell).join(', ')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  const plain = text.replaceAll(/\p{C}/gu, ' ');
  return plain.length > CELL_CHARS_MAX ? `${plain.slice(0, CELL_CHARS_MAX - 1)}…` : plain;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
