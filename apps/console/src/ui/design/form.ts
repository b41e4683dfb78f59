/** The texts of a form by field; what is left empty is left out. */
export function textsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const entries = [...new FormData(form).entries()];
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()]] : [],
    ),
  );
}

/** A number of a form's field, `null` where it is empty. */
export function numberOrNull(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** Words that stand one a line, or are separated by commas; `null` where there are none. */
export function listOrNull(text: string | undefined): string[] | null {
  const words = (text ?? '')
    .split(/[\n,]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words.length === 0 ? null : words;
}
