/** What stands at the head of each page that is written by a program. */
const GENERATED = '<!-- Written by `npx -y pnpm@12 reference`; change the sources instead. -->';

/** A table; columns in which every cell is empty are left out. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = columns.flatMap((_name, at) => (rows.some((row) => row[at] !== '') ? [at] : []));
  const line = (cells: readonly string[]): string =>
    `| ${used.map((at) => (cells[at] ?? '').replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(columns), `|${used.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A value in backticks; nothing for an empty one. */
export function code(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `\`${text}\``;
}

/** A page of sections, as it is written to its file. */
export function page(title: string, ...sections: readonly string[]): string {
  return `${[`# ${title}`, GENERATED, ...sections].join('\n\n')}\n`;
}

/** A whole number with its thousands apart. */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
