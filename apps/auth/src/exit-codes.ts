/** The command understood what was asked, and did not do it. */
export const EXIT_REFUSED = 1;
/** Exit codes of sysexits.h. */
export const EXIT_USAGE = 64;
export const EXIT_UNAVAILABLE = 69;
