/** What is asked for. */
export interface Prompt {
  readonly query: string;
  readonly preset: string;
  readonly generateImage: boolean;
}

/** What the example makes of a prompt. It has no model: the same prompt always makes the same scene. */
export interface Scene {
  readonly title: string;
  readonly slug: string;
  readonly year: number | null;
  readonly scene: string;
  readonly imageUrl: string | null;
}

/** Steps of a rendering, in order, with the progress (percent) that each completes. */
export const STEPS = [
  { step: 'judge', progress: 10 },
  { step: 'timeline', progress: 25 },
  { step: 'scene', progress: 45 },
  { step: 'characters', progress: 60 },
  { step: 'dialog', progress: 80 },
  { step: 'image_prompt', progress: 90 },
] as const;

const TITLE_CHARS_MAX = 80;
const SLUG_CHARS_MAX = 60;

/** Renders a scene. Pure, so that a rendering can be repeated after a crash. */
export function render({ query, preset, generateImage }: Prompt): Scene {
  const slug = slugOf(query);
  return {
    title: query.slice(0, TITLE_CHARS_MAX),
    slug,
    year: yearOf(query),
    scene: `A ${preset} rendering of “${query}”: the light falls from the left, and everybody looks at what is about to happen.`,
    imageUrl: generateImage ? `https://images.example.com/${encodeURIComponent(preset)}/${slug}.png` : null,
  };
}

/** Lower-case ASCII letters and digits with dashes; `moment` for a text that has none. */
export function slugOf(text: string): string {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_CHARS_MAX)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'moment' : slug;
}

/** The first number of three or four digits in a text, taken for a year of our era. */
export function yearOf(text: string): number | null {
  const year = /(?<!\d)(\d{3,4})(?!\d)/.exec(text)?.[1];
  return year === undefined ? null : Number(year);
}
