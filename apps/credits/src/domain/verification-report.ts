/** The parts of a finding that a report shows. */
export interface ReportedFinding {
  readonly invariant: { readonly number: number | undefined; readonly rule: string };
  readonly violations: number;
  readonly quoted: readonly { readonly subject: string; readonly expected: string; readonly found: string }[];
}

/** One line per invariant, and beneath a broken one what breaks it. Amounts are micro-credits. */
export function reportFindings(findings: readonly ReportedFinding[]): string {
  const lines = findings.flatMap(({ invariant, violations, quoted }) => {
    const number = invariant.number === undefined ? '  ' : String(invariant.number).padStart(2);
    const verdict = violations === 0 ? 'ok    ' : 'BROKEN';
    const quotes = quoted.map((one) => `              ${one.subject}: expected ${one.expected}, found ${one.found}`);
    const more = violations > quoted.length ? [`              … and ${violations - quoted.length} more`] : [];
    return [`${verdict} ${number}  ${invariant.rule}`, ...quotes, ...more];
  });
  const broken = findings.filter((finding) => finding.violations > 0).length;
  const verdict =
    broken === 0 ? `All ${findings.length} invariants hold.` : `${broken} of ${findings.length} invariants are broken.`;
  return `${[...lines, verdict].join('\n')}\n`;
}
