/**
 * Folds the letters A–Z and nothing else, as everything does here that compares names without regard to case: further folding makes one text
 * of two (the Kelvin sign becomes a k), and what decides whose account it is must not.
 */
export function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
