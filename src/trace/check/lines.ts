// What the linter found, for people: fails with the packets, what could not be told with why, and the rest in a line each.
import { duration, printable } from '../words.ts';
import { type CheckReport, type Ruling, type Judgment } from './linter.ts';

const ORDER: readonly Judgment[] = ['fail', 'pass', 'cannot tell from here', 'not exercised'];

export function checkLines(file: string, report: CheckReport): string[] {
  const { stream, interface: at, ends, packets, vantage } = report;
  const where =
    vantage.near === undefined ? `${vantage.place}: ${vantage.why}` : `${ends[vantage.near]}, ${vantage.why}`;
  const lines = [
    `${printable(file)}, stream ${stream}${at === 0 ? '' : ` at interface ${at}`}: ${ends[0]} and ${ends[1]}, ${packets} packets`,
    `  seen from: ${where}`,
  ];
  for (const end of ends) {
    lines.push('', `what ${end} does`);
    const own = report.rulings.filter((ruling) => ruling.end === end);
    for (const verdict of ORDER) {
      const of = own.filter((ruling) => ruling.verdict === verdict);
      if (verdict === 'not exercised') {
        if (of.length > 0) lines.push(`  not exercised: ${of.map(({ rule }) => rule).join(', ')}`);
      } else {
        for (const ruling of of) lines.push(...rulingLines(ruling));
      }
    }
  }
  return lines;
}

function rulingLines({ rule, clause, what, verdict, tried, failed, why, examples }: Ruling): string[] {
  const head = `${MARKS[verdict]} ${rule.padEnd(18)} `;
  if (verdict === 'pass') return [`  ${head}${what} (${tried} ×)`];
  if (verdict !== 'fail') return [`  ${head}cannot tell: ${why}`];
  return [
    `  ${head}${what}`,
    `       broken ${failed} ×: ${clause}`,
    ...examples.map(({ packet, atNs, why: found }) => `       packet ${packet} at ${duration(atNs)}: ${found}`),
    ...(failed > examples.length ? [`       and ${failed - examples.length} more`] : []),
  ];
}

const MARKS: Readonly<Record<Judgment, string>> = {
  fail: 'FAIL',
  pass: 'ok  ',
  'cannot tell from here': '?   ',
  'not exercised': '    ',
};
