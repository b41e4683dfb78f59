const NAMES: Readonly<Record<string, string>> = {
  minute: 'Requests a minute',
  day: 'Requests a day',
  key: 'Requests of this key a minute',
  platform: 'Managing organisations, a minute',
  usage: 'Looking at usage, a minute',
};

/** A window of limits as people say it; one that the operator has added is called as they call it. */
export function windowName(name: string): string {
  return NAMES[name] ?? name;
}

/** A name of a window, which begins with a capital, behind other words. */
export function inASentence(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
