/** What a device is called, by the first mark that its user agent bears; an iPad and an Android also bear marks of other systems. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac(?:intosh| OS X)\b|\bDarwin\b/, 'Mac'],
  [/\bWindows\b/, 'Windows'],
  [/\bLinux\b/, 'Linux'],
];

/** A word for the device behind a user agent, so that people recognise their sessions; `undefined` for programmes that do not say. */
export function deviceName(userAgent: string | undefined): string | undefined {
  return userAgent === undefined ? undefined : MARKS.find(([mark]) => mark.test(userAgent))?.[1];
}
