// An explanation as lines for people.
import { duration, printable, reasonClause } from '../words.ts';
import { type Explanation } from './explain.ts';
import { OFFERING_WORDS, type RunningTimer, type Told } from './told.ts';
import { type EndView, type PacketView } from './view.ts';

export interface LinesOptions {
  /** The moment asked for; undefined where a packet was. */
  atNs: number | undefined;
}

export function explanationLines(of: Explanation, { atNs }: LinesOptions): string[] {
  const lines = [title(of, atNs), '', ...table(of), ''];
  if (atNs === undefined && of.packet !== undefined) lines.push(...happened(of));
  else for (const side of [0, 1] as const) lines.push(...notHappened(of, side, atNs ?? 0), '');
  if (of.isUnscaled)
    lines.push('The handshake was not captured: windows are in the units of the header, and may be far wider.');
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function title({ stream, ends, before, packet }: Explanation, atNs: number | undefined): string {
  const where = `stream ${stream}: ${ends[0]} and ${ends[1]}`;
  if (atNs === undefined)
    return `${where}, just before packet ${packet?.view.packet ?? 0}, at ${duration(packet?.view.atNs ?? 0)}`;
  const after =
    packet === undefined
      ? 'after the last packet'
      : `before packet ${packet.view.packet} (${duration(packet.view.atNs)})`;
  const since = before === undefined ? '' : `after packet ${before.packet} (${duration(before.atNs)}), `;
  return `${where}, at ${duration(atNs)}: ${since}${after}`;
}

type Row = [string, (view: EndView) => string];

const unknown = 'not known';

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? unknown : String(value);
}

const ROWS: readonly Row[] = [
  ['state', ({ told }) => told?.state ?? unknown],
  ['SND.UNA', (view) => number(view['SND.UNA'])],
  ['SND.NXT', (view) => number(view['SND.NXT'])],
  ['in flight', (view) => number(view.flight)],
  ['SND.WND', (view) => number(view['SND.WND'])],
  ['usable window', (view) => number(view.usable)],
  ['not sent yet', ({ told }) => number(told?.reason?.unsentOctets)],
  ['RCV.NXT', (view) => number(view['RCV.NXT'])],
  ['window offered', (view) => number(view['RCV.WND'])],
  ['right edge', (view) => number(view.edge)],
  ['unread', ({ told }) => number(told?.unreadOctets)],
  ['receive buffer', ({ told }) => number(told?.capacityOctets)],
  ['offering', ({ told }) => (told === null ? unknown : (told.offering?.to ?? 'open'))],
  ['cwnd', ({ told }) => limit(told, 'cwndOctets')],
  ['ssthresh', ({ told }) => limit(told, 'ssthreshOctets')],
  ['loss recovery', ({ told }) => told?.congestion?.to ?? unknown],
  ['full segment', (view) => number(view.mss)],
  ['duplicate ACKs', (view) => number(view.duplicateAcks)],
  ['timers', timers],
];

/** Null and nothing told are the same: there is none. Of an end that did not record nobody knows. */
function limit(told: Told | null, name: 'cwndOctets' | 'ssthreshOctets'): string {
  if (told === null) return unknown;
  return String(told.congestion?.[name] ?? 'none');
}

function timers({ told }: EndView): string {
  if (told === null) return unknown;
  return told.timers.map((timer) => `${timer.timer} ${due(timer)}`).join(', ') || 'none runs';
}

function due({ deadlineNs, startedNs }: RunningTimer): string {
  return deadlineNs === null ? `set anew since ${duration(startedNs)}` : `at ${duration(deadlineNs)}`;
}

function table({ ends, sources, views }: Explanation): string[] {
  const rows = [
    ['', ends[0], ends[1]],
    ['', sources[0], sources[1]],
    ...ROWS.map(([name, value]) => [name, value(views[0]), value(views[1])]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([a, b, c]) => `  ${a!.padEnd(widths[0]!)}  ${b!.padEnd(widths[1]!)}  ${c!}`.trimEnd());
}

function happened({ ends, packet, moment, views }: Explanation): string[] {
  const { view, rule } = packet!;
  const lines = [
    `packet ${view.packet} is ${rule.what}, from ${ends[view.side]}`,
    `  why: ${rule.why}`,
    `  rule: ${rule.clause}`,
  ];
  const reasons = moment.caused.filter((each) => each.type === 'reason');
  const [first, last] = [reasons[0], reasons.at(-1)];
  if (first !== undefined && last !== undefined && first.from !== last.to) {
    lines.push(`  the reason for silence was ${first.from}, and is ${last.to} after it: ${reasonClause(last)}`);
  }
  for (const each of moment.caused) if (each.type === 'refused') lines.push(`  refused: ${each.refusal}`);
  const window = views[view.side === 0 ? 1 : 0];
  if (window.zeroSinceNs !== null && view.wndOctets > 0 && view.what.changedWindow) {
    lines.push(`  it ends a zero window of ${duration(view.atNs - window.zeroSinceNs)}`);
  }
  return lines;
}

function notHappened({ ends, silences, views }: Explanation, side: 0 | 1, atNs: number): string[] {
  const { silence, last, next } = silences[side];
  const { reason, isTold, sinceNs, why, clause } = silence;
  const from =
    last === undefined ? 'nothing had left it yet' : `it had sent packet ${last.packet} at ${duration(last.atNs)}`;
  const until =
    next === undefined ? 'and sent nothing more' : `and sent packet ${next.packet} next, at ${duration(next.atNs)}`;
  const held = sinceNs === null ? '' : ` for ${duration(Math.max(0, atNs - sinceNs))}`;
  const lines = [`${ends[side]}: ${reason}${held}${isTold ? '' : ' (inferred)'}: ${printable(why)}`];
  lines.push(`  ${from}, ${until}${gap(last, next)}`);
  if (clause !== '') lines.push(`  rule: ${clause}`);
  if (silence.ends !== '') lines.push(`  it ends with: ${silence.ends}`);
  const offering = views[side].told?.offering?.to;
  if (offering !== undefined) lines.push(`  its receiving side: ${offering}: ${OFFERING_WORDS[offering]}`);
  return lines;
}

function gap(last: PacketView | undefined, next: PacketView | undefined): string {
  return last === undefined || next === undefined ? '' : `, ${duration(next.atNs - last.atNs)} later`;
}
