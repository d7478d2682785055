// The account of a transfer at its end: plain data, which `--json` prints, and the same in words. Everything is counted by
// the connection itself; docs/cli.md describes the document.
import { formatDuration, formatRate, formatSize } from '../app/index.ts';
import { type Offering, type Periods, REASON_MEANINGS, SECOND, type SilenceReason, type State } from '../tcp/index.ts';
import { type Driver } from '../carrier/index.ts';
import { formatAddress } from './address.ts';
import { wrapped } from './columns.ts';
import { messageLines, type MessagesNote } from './message-note.ts';
import { type Outcome, type Party } from './party.ts';

/** Raised when a field changes its meaning; new fields do not raise it. */
export const SUMMARY_SCHEMA = 'sash-summary-1';

export interface Summary {
  schema: typeof SUMMARY_SCHEMA;
  role: 'receiver' | 'sender';
  outcome: Outcome;
  /** Why it failed; null if it did not. */
  error: { code: string | null; message: string } | null;
  local: string;
  remote: string;
  /** The state the connection was in last. */
  state: State;
  /** Acknowledged, at the sender; read, at the receiver. */
  octets: number;
  /** The connection's life, which the partitions below sum to: from its making to TIME-WAIT or CLOSED. */
  lifeNs: number;
  /** Of that, after the handshake; null if it never succeeded. */
  establishedNs: number | null;
  /** Octets over `establishedNs`, per second. */
  goodputOctetsPerSecond: number;
  /** Of what was read, or written to the connection: `sha256Octets` octets. */
  sha256: string;
  sha256Octets: number;
  /** Where a receiver put them. */
  output: { file: string; isPartial: boolean } | null;
  segmentsSent: number;
  segmentsReceived: number;
  retransmissions: number;
  probesSent: number;
  probesReceived: number;
  windowUpdatesSent: number;
  windowUpdatesReceived: number;
  /** The peer offered nothing (sender), or was offered nothing (receiver). */
  zeroWindow: { count: number; totalNs: number; longestNs: number };
  /** How long the sending side was silent for each reason. */
  reasonsNs: Record<SilenceReason, number>;
  /** How long the receiving side offered what. */
  offeringsNs: Record<Offering, number>;
  /** What a link model did to the segments this end sent; null without one. */
  link: LinkNote | null;
  /** Null where neither end filled in checksums. */
  checksums: ChecksumNote | null;
  /** What became of the messages; null where octets travelled. */
  messages: MessagesNote | null;
  /** What the numbers suggest; sentences. */
  remarks: string[];
  recording: RecordingNote | null;
}

export interface ChecksumNote {
  /** What this end sent had them; what came had them, and they were verified. */
  filled: boolean;
  verified: boolean;
  /** Segments that came damaged, and were dropped. */
  wrong: number;
}

export interface LinkNote {
  segments: number;
  delivered: number;
  duplicated: number;
  /** Of those delivered, for the other end's checksum to find; without checksums they count as lost. */
  corrupted: number;
  /** By what: queue-full, codel, loss, corruption, outage, rule. */
  dropped: Record<string, number>;
  /** How late the machine's timers let segments through, beyond what the model said. */
  lateMedianNs: number;
  lateP99Ns: number;
  lateMaxNs: number;
}

export interface RecordingNote {
  file: string;
  octets: number;
  /** Why it is incomplete; null if it is not. */
  error: string | null;
}

/** To be called when nothing more happens; the recording, if any, is finished. */
export function summarize(party: Party, recording: RecordingNote | null): Summary {
  const { connection, driver, now } = party;
  const { tcb } = connection;
  const { tally } = tcb;
  const reasonsNs = connection.durations(now);
  const lifeNs = sum(reasonsNs);
  const bornAt = Math.min(now, tcb.endedAt) - lifeNs;
  const establishedNs = party.establishedAt === undefined ? null : lifeNs - (party.establishedAt - bornAt);
  const octets = party.role === 'sender' ? party.transferred : party.octets;
  const periods = party.role === 'sender' ? tally.sendWindowZero : tally.receiveWindowZero;
  return {
    schema: SUMMARY_SCHEMA,
    role: party.role,
    outcome: party.outcome,
    error: party.trouble === undefined ? null : { code: party.trouble.code ?? null, message: party.trouble.sentence },
    local: formatAddress(driver.local.address, driver.local.port),
    remote: party.peer,
    state: connection.state,
    octets,
    lifeNs,
    establishedNs,
    goodputOctetsPerSecond: establishedNs === null || establishedNs <= 0 ? 0 : (octets / establishedNs) * SECOND,
    sha256: party.sha256,
    sha256Octets: party.octets,
    output: party.stored?.file === undefined ? null : { file: party.stored.file, isPartial: party.stored.isPartial },
    segmentsSent: tally.segmentsSent,
    segmentsReceived: tally.segmentsReceived,
    retransmissions: tally.retransmissions,
    probesSent: tally.probesSent,
    probesReceived: tally.probesReceived,
    windowUpdatesSent: tally.windowUpdatesSent,
    windowUpdatesReceived: tally.windowUpdatesReceived,
    zeroWindow: periodsOf(periods, now),
    reasonsNs,
    offeringsNs: connection.offeringDurations(now),
    link: linkNote(driver),
    checksums: checksumNote(driver),
    messages: party.messages(now),
    remarks: [...remarksOn(reasonsNs.carrier, reasonsNs.recorder, lifeNs), ...party.remarks()],
    recording,
  };
}

/** For people. What explains a reason is left out where a line has no room for it. */
export function formatSummary(summary: Summary, width = Infinity): string {
  const s = summary;
  const lines = [headline(s)];
  const line = (name: string, text: string): number => lines.push(`  ${name.padEnd(14)}${text}`);
  if (s.output !== null) line('stored in', stored(s.output));
  if (s.messages !== null) messageLines(s.messages, line);
  line(
    'segments',
    `${count(s.segmentsSent)} out, ${count(s.segmentsReceived)} in, ${count(s.retransmissions)} retransmitted`,
  );
  line('zero window', zeroWindow(s));
  line('probes', s.role === 'sender' ? `${count(s.probesSent)} sent` : `${count(s.probesReceived)} received`);
  line(
    'updates',
    s.role === 'sender' ? `${count(s.windowUpdatesReceived)} received` : `${count(s.windowUpdatesSent)} sent`,
  );
  if (s.link !== null) line('link', linkLine(s.link));
  if (s.checksums !== null) line('checksums', checksumLine(s.checksums));
  lines.push(...partition(s, width));
  for (const remark of s.remarks) line('note', remark);
  line(
    'sha-256',
    s.sha256Octets === s.octets ? s.sha256 : `${s.sha256} (of the ${count(s.sha256Octets)} octets written)`,
  );
  if (s.recording !== null) line('recording', recorded(s.recording));
  return lines.join('\n');
}

export function remarksOn(carrierNs: number, recorderNs: number, lifeNs: number): string[] {
  const remarks: string[] = [];
  if (carrierNs > lifeNs / 100) {
    remarks.push(
      `the carrier below took no more for ${share(carrierNs, lifeNs)} of the time: there not the window held the sender, but the path or the peer's process`,
    );
  }
  if (recorderNs > lifeNs / 100) {
    remarks.push(
      `the recording was behind for ${share(recorderNs, lifeNs)} of the time: it held the sender; record to a faster disk`,
    );
  }
  return remarks;
}

function checksumNote({
  fillsChecksums: filled,
  verifiesChecksums: verified,
  checksumFaults: wrong,
}: Driver): ChecksumNote | null {
  return filled || verified ? { filled, verified, wrong } : null;
}

function checksumLine({ filled, verified, wrong }: ChecksumNote): string {
  const which = filled && verified ? 'of both directions' : filled ? 'of what was sent' : 'of what came';
  if (!verified) return which;
  return `${which}; ${wrong === 0 ? 'none was wrong' : `${count(wrong)} came wrong, and ${wrong === 1 ? 'was' : 'were'} dropped`}`;
}

function linkNote({ shaper }: Driver): LinkNote | null {
  if (shaper === undefined) return null;
  const { sent, delivered, duplicated, corrupted, dropped } = shaper.tally;
  const { medianNs, p99Ns, maxNs } = shaper.lateness;
  return {
    segments: sent,
    delivered,
    duplicated,
    corrupted,
    dropped: { ...dropped },
    lateMedianNs: medianNs,
    lateP99Ns: p99Ns,
    lateMaxNs: maxNs,
  };
}

function linkLine(link: LinkNote): string {
  const drops = Object.entries(link.dropped)
    .filter(([, times]) => times > 0)
    .map(([why, times]) => `${count(times)} by ${why}`);
  const lost = drops.length === 0 ? 'none lost' : `lost ${drops.join(', ')}`;
  const damaged = link.corrupted === 0 ? '' : `, ${count(link.corrupted)} corrupted`;
  const doubled = link.duplicated === 0 ? '' : `, ${count(link.duplicated)} doubled`;
  const late = `half of them under ${formatDuration(link.lateMedianNs)} late, 99 % under ${formatDuration(link.lateP99Ns)}`;
  return `${count(link.segments)} segments, ${lost}${damaged}${doubled}; ${late}`;
}

function headline(s: Summary): string {
  const verb = s.role === 'sender' ? 'sent' : 'received';
  const preposition = s.role === 'sender' ? 'to' : 'from';
  const octets = `${formatSize(s.octets)}${s.octets < 1_024 ? '' : ` (${count(s.octets)} octets)`}`;
  const time = formatDuration(s.establishedNs ?? s.lifeNs);
  const ends = { done: '', failed: ' — FAILED', interrupted: ' — interrupted' };
  return `${verb} ${octets} ${preposition} ${s.remote} in ${time}, ${formatRate(s.goodputOctetsPerSecond).replace('stop', '0 B/s')}${ends[s.outcome]}`;
}

function stored(output: { file: string; isPartial: boolean }): string {
  return output.isPartial ? `${output.file}: the beginning only` : output.file;
}

function zeroWindow(s: Summary): string {
  const { count: periods, totalNs, longestNs } = s.zeroWindow;
  if (periods === 0) return 'never';
  const total = `${formatDuration(totalNs)} in all, ${share(totalNs, s.lifeNs)} of the time`;
  return periods === 1
    ? `once, ${total}`
    : `${count(periods)} times, ${total}; the longest ${formatDuration(longestNs)}`;
}

/** Columns that a meaning wants beside its numbers; a narrower terminal has the numbers alone. */
const NARROWEST = 30;

/** This end's partition of the connection's life, largest first. */
function partition(s: Summary, width: number): string[] {
  const isSender = s.role === 'sender';
  const parts: [string, number][] = Object.entries(isSender ? s.reasonsNs : s.offeringsNs);
  const meanings: Record<string, string> = isSender ? REASON_MEANINGS : OFFERING_MEANINGS;
  const title = isSender ? 'why it was silent, and when not' : 'what it offered';
  const rows = parts
    .filter(([, duration]) => duration > 0)
    .toSorted((a, b) => b[1] - a[1])
    .flatMap(([name, duration]) => {
      const time = formatDuration(duration).padStart(10);
      const row = `    ${name.padEnd(15)}${time} ${share(duration, s.lifeNs).padStart(7)}  `;
      if (width < row.length + NARROWEST) return row.trimEnd();
      const [first, ...rest] = wrapped(meanings[name]!, width - row.length);
      return [row + first!, ...rest.map((line) => ' '.repeat(row.length) + line)];
    });
  return [`  the life of the connection, ${formatDuration(s.lifeNs)}: ${title}`, ...rows];
}

const OFFERING_MEANINGS: Readonly<Record<Offering, string>> = {
  open: 'there was room, and it was offered',
  withheld: 'there was room, but too little to be worth offering (§3.8.6.2.2)',
  zero: 'the buffer was full, and the sender had to wait',
};

function recorded(recording: RecordingNote): string {
  if (recording.error !== null) return `${recording.file} is incomplete: ${recording.error}`;
  if (recording.file === '-') return `standard output, ${formatSize(recording.octets)}`;
  return `${recording.file}, ${formatSize(recording.octets)}; see \`sash trace show ${recording.file}\`, or open it in Wireshark`;
}

function periodsOf(periods: Periods, now: number): Summary['zeroWindow'] {
  return { count: periods.count, totalNs: periods.total(now), longestNs: periods.longest(now) };
}

function sum(durations: Readonly<Record<string, number>>): number {
  return Object.values(durations).reduce((total, duration) => total + duration, 0);
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  return percent > 0 && percent < 0.05 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
