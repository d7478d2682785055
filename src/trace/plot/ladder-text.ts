// A ladder in characters, for mail, and as a sequence diagram in Mermaid's language, for pages that draw it.
import { duration, endpointText, printable } from '../words.ts';
import { notes, seconds } from './ladder-figure.ts';
import { type Ladder, type Rung } from './ladder.ts';
import { layoutOf } from './ladder-layout.ts';

/** Characters between the two ends. */
const BETWEEN = 62;

/** Lines of plain text, the times of an arrow at both of its ends. */
export function ladderText(ladder: Ladder, title?: string): string {
  const { waits, rungs } = layoutOf(ladder);
  const [left, right] = ladder.ends.map(endpointText).map(printable) as [string, string];
  const column =
    2 +
    Math.max(...ladder.rungs.map((rung) => Math.max(seconds(rung.sentNs).length, seconds(rung.arrivedNs).length)), 10);
  const lines = title === undefined ? [] : [printable(title)];
  lines.push(
    ...notes(ladder),
    `${' '.repeat(column)}${left}${' '.repeat(Math.max(2, BETWEEN + 2 - left.length - right.length))}${right}`,
  );
  let nextWait = 0;
  for (const { rung, fromY } of rungs) {
    while ((waits[nextWait]?.y ?? Infinity) < fromY) {
      lines.push(`${' '.repeat(column)}:${centred(duration(waits[nextWait]!.ns))}:`);
      nextWait++;
    }
    lines.push(line(rung, rung.side === ladder.left, column));
  }
  return `${lines.join('\n')}\n`;
}

function line(rung: Rung, isRightward: boolean, column: number): string {
  if (rung.what === 'more') return `${' '.repeat(column)}:${centred(rung.label)}:`;
  const label = rung.label.slice(0, BETWEEN - 8);
  const room = BETWEEN - label.length - 5;
  const [sent, arrived] = [seconds(rung.sentNs), rung.isLost ? 'lost' : seconds(rung.arrivedNs)];
  const shaft = '-'.repeat(rung.isLost ? Math.floor(room / 2) : room);
  const gap = ' '.repeat(rung.isLost ? room - shaft.length : 0);
  const head = rung.isLost ? 'X' : isRightward ? '>' : '<';
  if (isRightward) return `${sent.padStart(column - 1)} |-- ${label} ${shaft}${head}${gap}| ${arrived}`;
  return `${arrived.padStart(column - 1)} |${gap}${head}${shaft} ${label} --| ${sent}`;
}

function centred(text: string): string {
  const cut = text.slice(0, BETWEEN);
  const before = Math.floor((BETWEEN - cut.length) / 2);
  return `${' '.repeat(before)}${cut}${' '.repeat(BETWEEN - before - cut.length)}`;
}

/** Mermaid's sequenceDiagram. */
export function ladderMermaid(ladder: Ladder): string {
  const [left, right] = ladder.ends.map(endpointText).map(plain) as [string, string];
  const { bands, waits, rungs } = layoutOf(ladder);
  const lines = ['sequenceDiagram', `  participant A as ${left}`, `  participant B as ${right}`];
  const asides = [
    ...bands.map(({ fromY, ns }) => ({
      y: fromY,
      text: Number.isNaN(ns) ? 'zero window' : `zero window, ${duration(ns)}`,
    })),
    ...waits.map(({ y, ns }) => ({ y, text: `${duration(ns)} pass` })),
  ].toSorted((a, b) => a.y - b.y);
  for (const { rung, fromY } of rungs) {
    while ((asides[0]?.y ?? Infinity) < fromY) lines.push(`  Note over A,B: ${plain(asides.shift()!.text)}`);
    lines.push(arrow(rung, rung.side === ladder.left));
  }
  for (const { text } of asides) lines.push(`  Note over A,B: ${plain(text)}`);
  return `${lines.join('\n')}\n`;
}

function arrow(rung: Rung, isRightward: boolean): string {
  const [from, to] = isRightward ? ['A', 'B'] : ['B', 'A'];
  if (rung.what === 'more') return `  Note over A,B: ${plain(rung.label)}`;
  const lost = rung.isLost ? ', lost' : '';
  return `  ${from}${rung.isLost ? '-x' : '->>'}${to}: ${plain(`${rung.label} at ${seconds(rung.sentNs)}${lost}`)}`;
}

/** Without what Mermaid takes for more than text. */
function plain(text: string): string {
  return printable(text).replaceAll(/[;#<>]/g, '?');
}
