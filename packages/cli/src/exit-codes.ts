/** Refused, or bad news. */
export const EXIT_BAD = 1;
/** Those of sysexits.h. */
export const EXIT_USAGE = 64;
export const EXIT_DATA = 65;
export const EXIT_UNAVAILABLE = 69;
