/** Exit codes of commands, those of sysexits.h. */
export const EXIT_REFUSED = 1;
export const EXIT_USAGE = 64;
export const EXIT_UNAVAILABLE = 69;
