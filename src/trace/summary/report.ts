// What a capture says of a connection, as plain data: the schema of `sash trace summary --json`. Times are nanoseconds, sizes
// octets, rates octets per second; null is "cannot be known", and `unknown` says why.
import { ABSENT } from '../../tcp/index.ts';
import { type Side, type TrackedEnd, UNKNOWN, type VantageReport } from '../track/index.ts';
import { type Summed } from './connection.ts';
import { endpointText } from '../words.ts';
import { type Counts, sendingSpan } from './counts.ts';
import { type LimitsReport, limitsReport, limitsSentence } from './limits.ts';

export interface RttReport {
  samples: number;
  minNs: number;
  medianNs: number;
  p99Ns: number;
  maxNs: number;
}

/** What one end sent, and what came back for it. */
export interface DirectionReport {
  from: string;
  to: string;
  segments: number;
  textSegments: number;
  /** Octets of text: acknowledged, sent for the first time, on the wire, and passed in order here. */
  octetsAcknowledged: number;
  octetsSent: number;
  octetsOnWire: number;
  octetsInOrder: number;
  largestSegment: number;
  retransmissions: number;
  /** By what made them: a wait, duplicate acknowledgments, one of these before, nothing (it was there), the SYN. */
  retransmissionsBy: { timeout: number; fast: number; followUp: number; needless: number; syn: number };
  octetsRetransmitted: number;
  outOfOrder: number;
  probes: number;
  keepalives: number;
  resets: number;
  /** Of the other end, about these octets. */
  windowUpdates: number;
  duplicateAcks: number;
  /** Reports that octets came twice (RFC 2883), of the other end. */
  dsacks: number;
  zeroWindows: { count: number; totalNs: number; longestNs: number };
  widestWindow: number | null;
  /** From here to the other end and back: the round-trip time, where the capture was taken at the sender. */
  rtt: RttReport | null;
  /** From the first text to the last acknowledgment. */
  spanNs: number;
  throughput: number | null;
  goodput: number | null;
  limits: LimitsReport;
}

export interface HandshakeReport {
  isWhole: boolean;
  roundTripNs: number | null;
  /** By end: what its SYN said; null where it was not seen or said nothing. */
  mss: [number | null, number | null];
  windowScale: [number | null, number | null];
  /** What holds for the connection; null where a SYN is missing. */
  isScaled: boolean | null;
  hasSack: boolean | null;
  hasTimestamps: boolean | null;
}

export interface ConnectionReport {
  /** Wireshark's tcp.stream. */
  stream: number;
  /** The interface it was seen at, and the recording's label, where there is one. */
  interface: number;
  label: string | null;
  ends: [string, string];
  packets: number;
  firstPacket: number;
  lastPacket: number;
  beganNs: number;
  lifeNs: number;
  vantage: VantageReport;
  handshake: HandshakeReport;
  /** ISS of both, for finding the same connection in another file; null where the SYN was not seen. */
  iss: [number | null, number | null];
  /** By the end that sends. */
  directions: [DirectionReport, DirectionReport];
  /** The direction that carries most. */
  main: Side;
  verdict: string;
  /** What could not be known, and why. */
  unknown: string[];
}

export function summarize(summed: Summed): ConnectionReport {
  const { track, between } = summed;
  const [a, b] = track.ends;
  const [toB, toA] = [directionOf(summed, 0), directionOf(summed, 1)];
  const main: Side = toA.octetsSent > toB.octetsSent ? 1 : 0;
  const report: ConnectionReport = {
    stream: between.index,
    interface: summed.interfaceId,
    label: summed.recorded?.begins.label ?? null,
    ends: [endpointText(between.ends[0]), endpointText(between.ends[1])],
    packets: track.packets,
    firstPacket: summed.firstPacket,
    lastPacket: summed.lastPacket,
    beganNs: track.beganAt,
    lifeNs: track.now - track.beganAt,
    vantage: track.vantage.report(),
    handshake: handshake(summed),
    iss: [a.hasSyn ? a.iss : null, b.hasSyn ? b.iss : null],
    directions: [toB, toA],
    main,
    verdict: '',
    unknown: unknowns(summed),
  };
  report.verdict = verdict(report);
  return report;
}

function directionOf(summed: Summed, from: Side): DirectionReport {
  const { track, between, counts } = summed;
  const to: Side = from === 0 ? 1 : 0;
  const end = track.ends[from];
  const [sent, back] = [counts[from], counts[to]];
  const spanNs = sendingSpan(sent, end);
  const isRate = spanNs > 0;
  return {
    from: endpointText(between.ends[from]),
    to: endpointText(between.ends[to]),
    segments: sent.segments,
    textSegments: sent.textSegments,
    octetsAcknowledged: end.octetsAcknowledged,
    octetsSent: end.octetsSent,
    octetsOnWire: sent.wireOctets,
    octetsInOrder: end.octetsPassed,
    largestSegment: end.largest,
    ...repairs(sent),
    probes: sent.probes,
    keepalives: sent.keepalives,
    resets: sent.resets,
    windowUpdates: track.vantage.isNear(from) ? sent.windowUpdatesTaken : back.windowUpdates,
    duplicateAcks: back.duplicateAcks,
    dsacks: back.dsacks,
    zeroWindows: zeroWindows(summed, from),
    widestWindow: end.hasWindow && track.ends[to].windShift !== UNKNOWN ? end.maxWnd : null,
    rtt: rtt(end),
    spanNs,
    throughput: isRate ? (sent.wireOctets * 1e9) / spanNs : null,
    goodput: isRate ? (end.octetsAcknowledged * 1e9) / spanNs : null,
    limits: limits(summed, from),
  };
}

function repairs(
  sent: Counts,
): Pick<DirectionReport, 'retransmissions' | 'retransmissionsBy' | 'octetsRetransmitted' | 'outOfOrder'> {
  return {
    retransmissions: sent.retransmissions,
    retransmissionsBy: {
      timeout: sent.timeouts,
      fast: sent.fast,
      followUp: sent.followUps,
      needless: sent.needless,
      syn: sent.syns,
    },
    octetsRetransmitted: sent.retransmittedOctets,
    outOfOrder: sent.outOfOrder,
  };
}

/** As the sender took it; at the receiver, as it said it. */
function zeroWindows({ track, recorded }: Summed, from: Side): DirectionReport['zeroWindows'] {
  const to: Side = from === 0 ? 1 : 0;
  const periods = track.vantage.isNear(to) ? track.ends[to].offeredZero : track.ends[from].zeroWindow;
  const now = recorded?.endedNs ?? track.now;
  return { count: periods.count, totalNs: periods.total(now), longestNs: periods.longest(now) };
}

function rtt({ rtt: { samples } }: TrackedEnd): RttReport | null {
  if (samples.count === 0) return null;
  return {
    samples: samples.count,
    minNs: samples.least,
    medianNs: samples.at(0.5),
    p99Ns: samples.at(0.99),
    maxNs: samples.most,
  };
}

function limits({ track, recorded }: Summed, from: Side): LimitsReport {
  if (recorded?.side === from) return limitsReport('recorded', recorded.reasons(track.now).durations);
  return limitsReport('inferred', track.limits[from].durations(track.now));
}

function handshake({ track }: Summed): HandshakeReport {
  const { ends, vantage, hasHandshake } = track;
  const [a, b] = ends;
  const [to0, to1] = vantage.trips;
  const both = (question: (end: TrackedEnd) => boolean): boolean | null =>
    hasHandshake ? question(a) && question(b) : null;
  return {
    isWhole: hasHandshake && to0 >= 0,
    roundTripNs: to0 >= 0 && to1 >= 0 ? to0 + to1 : null,
    mss: [present(a.mss), present(b.mss)],
    windowScale: [present(a.offeredShift), present(b.offeredShift)],
    isScaled: both((end) => end.offeredShift !== ABSENT),
    hasSack: both((end) => end.sackPermitted),
    hasTimestamps: both((end) => end.offersTimestamps),
  };
}

function present(value: number): number | null {
  return value === ABSENT ? null : value;
}

function verdict(report: ConnectionReport): string {
  const direction = report.directions[report.main];
  if (direction.octetsSent === 0) return 'No octets were sent either way.';
  return limitsSentence(direction.limits);
}

function unknowns({ track, recorded }: Summed): string[] {
  const { ends, vantage } = track;
  const found: string[] = [];
  const [a, b] = ends;
  if (!a.isSeen || !b.isSeen) found.push('only one direction was captured: what the other end said is not known');
  if (!a.hasSyn || !b.hasSyn) {
    found.push(
      'a SYN was not captured: MSS and options are not known, and the lengths count from the first packet seen',
    );
  }
  if (a.windShift === UNKNOWN || b.windShift === UNKNOWN) {
    found.push('the scale of the windows is not known without both SYNs: windows are in the units of the header');
  }
  const { place, why } = vantage.report();
  if (place === 'unknown') found.push(`where the capture was taken is not known: ${why}`);
  if (recorded === undefined) {
    found.push(
      'who limited whom is inferred from packets: what the congestion window or the application held is one "unknown"',
    );
  }
  const missed = a.missed + b.missed;
  if (missed > 0) found.push(`${missed} sequence numbers were acknowledged that the capture missed`);
  if (track.clockSteps > 0)
    found.push(`the capture's clock stepped back ${track.clockSteps} times: those steps count as no time`);
  return found;
}
