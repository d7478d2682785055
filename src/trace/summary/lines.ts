// A connection's summary as a table for people: a column for each direction, and for each file where several show the same.
import { duration, printable } from '../words.ts';
import { percent } from './limits.ts';
import { type ConnectionReport, type DirectionReport } from './report.ts';

/** A report, and the file it is of. */
export interface SummaryOf {
  file: string;
  report: ConnectionReport;
}

interface Column {
  head: string[];
  direction: DirectionReport;
}

/** The reports are of one connection: seen in one file, or from several places. */
export function summaryLines(of: readonly SummaryOf[]): string[] {
  const lines: string[] = [];
  for (const { file, report } of of) lines.push(...title(file, report));
  const columns = of.flatMap(columnsOf);
  lines.push('', ...align([heads(columns, 0), ...(of.length > 1 ? [heads(columns, 1)] : []), ...rows(columns)]));
  lines.push('', 'who limited whom', ...align(limitRows(columns)), '');
  for (const { file, report } of of) {
    lines.push(of.length > 1 ? `${nameOfView(file, report)}: ${report.verdict}` : report.verdict);
  }
  const unknown = new Set(of.flatMap(({ report }) => report.unknown));
  for (const what of unknown) lines.push(`  not known: ${what}`);
  return lines;
}

/** A table as rows of cells, the first the heads of the columns. */
export type Cells = string[][];

/** The same in cells, for pages: what is counted, and who limited whom. */
export function summaryCells(of: readonly SummaryOf[]): { counted: Cells; limits: Cells } {
  const columns = of.flatMap(columnsOf);
  const names = columns.map(({ head: [way = '', file = ''] }) => (of.length > 1 ? `${way}, ${file}` : way));
  const [, ...limits] = limitRows(columns);
  const sources = columns.map(({ direction }, at) => `${names[at] ?? ''}, ${direction.limits.source}`);
  return { counted: [['', ...names], ...rows(columns)], limits: [['', ...sources], ...limits] };
}

function title(file: string, report: ConnectionReport): string[] {
  const { ends, stream, packets, lifeNs, vantage, handshake } = report;
  const where =
    vantage.near === undefined
      ? vantage.place === 'middle'
        ? 'seen between the two'
        : 'seen from an unknown place'
      : `seen at ${ends[vantage.near]} (${vantage.why})`;
  const shook = handshake.isWhole
    ? `handshake in ${handshake.roundTripNs === null ? 'unknown time' : time(handshake.roundTripNs)}`
    : 'handshake not captured';
  return [
    `${nameOfView(file, report)}, stream ${stream}: ${ends[0]} and ${ends[1]}, ${packets} packets in ${time(lifeNs)}`,
    `  ${where}; ${shook}, ${optionsOf(report)}`,
  ];
}

/** The file, and which of its points of view, if it has several. */
function nameOfView(file: string, { interface: at, label }: ConnectionReport): string {
  if (at === 0) return printable(file);
  return `${printable(file)} {${printable(label ?? String(at))}}`;
}

function optionsOf({ handshake: { mss, windowScale, isScaled, hasSack, hasTimestamps } }: ConnectionReport): string {
  const scale = isScaled === true ? `${windowScale[0]} and ${windowScale[1]}` : word(isScaled);
  return `MSS ${mss[0] ?? '?'} and ${mss[1] ?? '?'}, window scale ${scale}, SACK ${word(hasSack)}, timestamps ${word(hasTimestamps)}`;
}

function word(value: boolean | null): string {
  if (value === null) return 'unknown';
  return value ? 'yes' : 'no';
}

/** Both directions, but not one in which nothing was sent beside another in which something was. */
function columnsOf({ file, report }: SummaryOf): Column[] {
  const hasText = report.directions.some(({ octetsSent }) => octetsSent > 0);
  return report.directions
    .filter(({ octetsSent }) => !hasText || octetsSent > 0)
    .map((direction) => ({ head: [`${direction.from} → ${direction.to}`, nameOfView(file, report)], direction }));
}

function heads(columns: readonly Column[], which: number): string[] {
  return ['', ...columns.map(({ head }) => head[which] ?? '')];
}

function rows(columns: readonly Column[]): string[][] {
  const row = (name: string, cell: (direction: DirectionReport) => string): string[] => [
    name,
    ...columns.map(({ direction }) => cell(direction)),
  ];
  return [
    row('octets acknowledged', (it) => count(it.octetsAcknowledged)),
    row('octets sent', (it) => count(it.octetsSent)),
    row('segments, with text', (it) => `${count(it.segments)}, ${count(it.textSegments)}`),
    row('largest segment', (it) => count(it.largestSegment)),
    row('retransmissions', retransmissions),
    row('out of order', (it) => count(it.outOfOrder)),
    row('duplicate ACKs back', (it) => count(it.duplicateAcks)),
    row('zero windows', (it) => {
      const { count: often, totalNs, longestNs } = it.zeroWindows;
      return often === 0 ? '0' : `${count(often)}, ${time(totalNs)} in all, longest ${time(longestNs)}`;
    }),
    row('zero-window probes', (it) => count(it.probes)),
    row('window updates back', (it) => count(it.windowUpdates)),
    row('widest window', (it) => (it.widestWindow === null ? 'unknown' : count(it.widestWindow))),
    row('RTT from here', ({ rtt }) =>
      rtt === null ? 'unknown' : `${time(rtt.minNs)} / ${time(rtt.medianNs)} / ${time(rtt.p99Ns)} / ${time(rtt.maxNs)}`,
    ),
    row('  min/median/p99/max of', ({ rtt }) => (rtt === null ? '' : `${count(rtt.samples)} samples`)),
    row('throughput', (it) => rate(it.throughput)),
    row('goodput', (it) => rate(it.goodput)),
  ];
}

function retransmissions({
  retransmissions: all,
  retransmissionsBy: by,
  octetsRetransmitted,
}: DirectionReport): string {
  if (all === 0) return '0';
  const parts = [
    by.timeout > 0 ? `${count(by.timeout)} after a timeout` : '',
    by.fast > 0 ? `${count(by.fast)} fast` : '',
    by.followUp > 0 ? `${count(by.followUp)} following up` : '',
    by.needless > 0 ? `${count(by.needless)} needless` : '',
    by.syn > 0 ? `${count(by.syn)} SYN` : '',
  ].filter((text) => text !== '');
  return `${count(all)}: ${parts.join(', ')}; ${count(octetsRetransmitted)} octets`;
}

function limitRows(columns: readonly Column[]): string[][] {
  const names = new Set(columns.flatMap(({ direction }) => Object.keys(direction.limits.reasonsNs)));
  const sum = (name: string): number =>
    columns.reduce((total, { direction }) => total + (part(direction, name) ?? 0), 0);
  const sorted = [...names].toSorted((a, b) => sum(b) - sum(a));
  const source = [
    '',
    ...columns.map(({ direction }) => (direction.limits.source === 'recorded' ? 'as recorded' : 'inferred')),
  ];
  return [
    source,
    ...sorted.map((name) => [
      name,
      ...columns.map(({ direction }) => {
        const ns = part(direction, name);
        return ns === undefined ? '-' : `${percent(ns, direction.limits.lifeNs)}, ${time(ns)}`;
      }),
    ]),
  ];
}

function part({ limits }: DirectionReport, name: string): number | undefined {
  return (limits.reasonsNs as Record<string, number | undefined>)[name];
}

function align(table: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of table) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return table.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd());
}

function count(n: number): string {
  return String(Math.round(n)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

function time(ns: number): string {
  return duration(Math.round(ns));
}

function rate(octetsPerSecond: number | null): string {
  if (octetsPerSecond === null) return 'unknown';
  const units: readonly [number, string][] = [
    [1e9, 'GB/s'],
    [1e6, 'MB/s'],
    [1e3, 'KB/s'],
  ];
  for (const [unit, name] of units) {
    if (octetsPerSecond >= unit) return `${(octetsPerSecond / unit).toFixed(2)} ${name}`;
  }
  return `${Math.round(octetsPerSecond)} B/s`;
}
