// Did the two ends keep their promises? Judged from the happenings of one recording alone, by rules written down here a
// second time and not by asking the core: what left beyond the right edge (RFC 9293 §3.8.6), a promised edge that moved
// left (SHLD-14), and whether the reasons for silence sum to the connection's life. Violations are told by packet number.
import { ACK, FIN, type Refusal, RST, SYN } from '../tcp/index.ts';
import { PartitionAudit, type PartitionReport } from './partition-audit.ts';
import { SequenceLine } from './sequence-line.ts';
import { type Happening, type RecordingEnds, type SegmentPasses } from './vocabulary.ts';

/** Both directions' count of something. */
export interface Both {
  sent: number;
  received: number;
}

export interface AuditReport {
  /** Both SYNs were seen. Without them scale and ISNs are unknown, and neither edge can be checked. */
  hasHandshake: boolean;
  packets: number;
  /** Packets of ours with new octets beyond the edge the peer had promised, and not a probe of one octet. */
  beyondEdge: number[];
  /** Packets of ours whose right edge lies left of one promised before. */
  edgeMovedLeft: number[];
  /** Packets that say a window of zero, SYN and RST apart; and how often a window became zero. */
  zeroWindows: Both;
  zeroWindowPeriods: Both;
  /** Zero-window probes: ours by their mark, the peer's by their place. */
  probes: Both;
  /** Empty segments whose only news is the window. */
  windowUpdates: Both;
  retransmissions: number;
  /** The sending side's reasons and the receiving side's offerings: do they cover the whole life? */
  reasons: PartitionReport;
  offerings: PartitionReport;
  /** The recording has its end, and says that it is complete. */
  isComplete: boolean;
  /** All of it: handshake seen, nothing beyond or left of an edge, both partitions whole, the recording complete. */
  isSound: boolean;
}

/** Of a segment refused for these, not even the ACK and the window were taken. */
const DROPPED: readonly Refusal[] = [
  'ack-unacceptable',
  'no-ack',
  'rst-outside-window',
  'rst-challenged',
  'syn-challenged',
  'paws',
  'no-connection',
];

/** What is known of the peer's promise: offsets from our ISN, and the segment the window is from. */
interface PeerPromise {
  una: number;
  edge: number;
  wl1: number;
  wl2: number;
}

export class Audit {
  readonly #lines = { in: new SequenceLine(), out: new SequenceLine() };
  readonly #shifts: Record<'in' | 'out', number | undefined> = { in: undefined, out: undefined };
  readonly #seen = { in: false, out: false };
  #promise: PeerPromise = { una: 0, edge: 0, wl1: -1, wl2: 0 };
  #before: PeerPromise = this.#promise;
  /** After our last octet that left otherwise than as a probe, and after the last of any kind. */
  #sentMax = 0;
  #leftMax = 0;
  /** The furthest right edge we have promised; offset from the peer's ISN. */
  #promised = 0;
  /** SEG.ACK and the scaled window of the last segment each way. */
  readonly #last = { in: { ack: -1, wnd: -1 }, out: { ack: -1, wnd: -1 } };
  readonly #reasons = new PartitionAudit();
  readonly #offerings = new PartitionAudit();
  #end: RecordingEnds | undefined = undefined;
  readonly #counts = {
    packets: 0,
    retransmissions: 0,
    zeroWindows: { sent: 0, received: 0 },
    zeroWindowPeriods: { sent: 0, received: 0 },
    probes: { sent: 0, received: 0 },
    windowUpdates: { sent: 0, received: 0 },
  };
  readonly #beyondEdge: number[] = [];
  readonly #edgeMovedLeft: number[] = [];

  /** Happenings must come in order. */
  take(happening: Happening): void {
    switch (happening.type) {
      case 'segment':
        this.#segment(happening);
        return;
      case 'refused':
        this.#refused(happening.refusal);
        return;
      case 'reason':
        this.#reasons.turn(happening);
        return;
      case 'offering':
        this.#offerings.turn(happening);
        return;
      case 'end':
        this.#end = happening;
        return;
      default:
    }
  }

  report(): AuditReport {
    const connection = this.#end?.connection;
    const reasons = this.#reasons.report(connection?.reasonsNs, connection?.endedNs);
    const offerings = this.#offerings.report(connection?.offeringsNs, connection?.endedNs);
    const hasHandshake = this.#hasHandshake;
    const isComplete = this.#end?.complete === true;
    const edgesKept = this.#beyondEdge.length === 0 && this.#edgeMovedLeft.length === 0;
    return {
      ...this.#counts,
      hasHandshake,
      beyondEdge: this.#beyondEdge,
      edgeMovedLeft: this.#edgeMovedLeft,
      reasons,
      offerings,
      isComplete,
      isSound: hasHandshake && isComplete && edgesKept && reasons.isWhole && offerings.isWhole,
    };
  }

  get #hasHandshake(): boolean {
    return this.#seen.in && this.#seen.out;
  }

  #segment(segment: SegmentPasses): void {
    this.#counts.packets++;
    const { direction, flags, seq, windowScale } = segment;
    if ((flags & SYN) !== 0) {
      this.#lines[direction].anchor(seq, 0);
      this.#shifts[direction] = windowScale;
      this.#seen[direction] = true;
    }
    const start = this.#lines[direction].offset(seq);
    if (direction === 'out') {
      this.#checkOctets(segment, start);
      this.#checkPromise(segment);
    } else {
      this.#countArrival(segment, start);
      this.#takePromise(segment, start);
    }
    this.#countWindow(segment);
  }

  /** The window in octets: a SYN's is never scaled, others' are if both SYNs offered to (RFC 7323 §2.2). */
  #window({ direction, flags, wnd }: SegmentPasses): number {
    return (flags & SYN) !== 0 ? wnd : wnd * 2 ** this.#shift(direction);
  }

  #shift(direction: 'in' | 'out'): number {
    const { in: theirs, out: ours } = this.#shifts;
    if (theirs === undefined || ours === undefined) return 0;
    return Math.min(14, direction === 'in' ? theirs : ours);
  }

  /** The sender's vantage: new octets stay left of the edge, but for a probe's one. */
  #checkOctets({ purpose, flags, lengthOctets, packet }: SegmentPasses, start: number): void {
    if (purpose === 'retransmission') this.#counts.retransmissions++;
    if (purpose === 'probe') this.#counts.probes.sent++;
    if ((flags & RST) !== 0) return;
    const end = start + lengthOctets + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    const allowed = this.#promise.edge + (purpose === 'probe' ? 1 : 0);
    const isNew = end > this.#sentMax;
    if (isNew && end > allowed && (flags & SYN) === 0 && this.#hasHandshake) this.#beyondEdge.push(packet);
    if (purpose !== 'probe') this.#sentMax = Math.max(this.#sentMax, end);
    this.#leftMax = Math.max(this.#leftMax, end);
  }

  /** The receiver's vantage: what was once promised stays promised, up to a unit of the scale (RFC 7323 §2.4). */
  #checkPromise(segment: SegmentPasses): void {
    const { flags, packet, ack } = segment;
    if ((flags & RST) !== 0) return;
    const window = this.#window(segment);
    if ((flags & ACK) === 0) {
      if ((flags & SYN) !== 0) this.#promised = Math.max(this.#promised, 1 + window); // before the peer's ISN is known
      return;
    }
    const edge = this.#lines.in.offset(ack) + window;
    const unit = (flags & SYN) !== 0 ? 1 : 2 ** this.#shift('out');
    if (edge <= this.#promised - unit && this.#hasHandshake) this.#edgeMovedLeft.push(packet);
    this.#promised = Math.max(this.#promised, edge);
  }

  /** SND.UNA, SND.WND, SND.WL1 and SND.WL2 as RFC 9293 §3.10.7.4 has them, fifth. */
  #takePromise(segment: SegmentPasses, start: number): void {
    this.#before = this.#promise;
    const { flags, ack } = segment;
    if ((flags & ACK) === 0 || (flags & RST) !== 0) return;
    const una = this.#lines.out.offset(ack);
    const { una: oldUna, edge, wl1, wl2 } = this.#promise;
    if (una > this.#leftMax || una < oldUna) return;
    this.#sentMax = Math.max(this.#sentMax, una); // a probe's octet that was taken counts as sent
    const isNewer = wl1 < start || (wl1 === start && wl2 <= una);
    this.#promise = isNewer
      ? { una, edge: una + this.#window(segment), wl1: start, wl2: una }
      : { una, edge: Math.max(edge, una), wl1, wl2 };
  }

  #refused(refusal: Refusal): void {
    if (DROPPED.includes(refusal)) this.#promise = this.#before;
    // Wholly beyond the window it was dropped, partly beyond it was taken: the record does not say, so neither is held
    // against the sender.
    if (refusal === 'beyond-window' && this.#before.edge > this.#promise.edge) this.#promise = this.#before;
  }

  #countArrival({ flags, lengthOctets }: SegmentPasses, start: number): void {
    const { ack, wnd } = this.#last.out;
    if (wnd !== 0 || (flags & (SYN | RST)) !== 0) return;
    const length = lengthOctets + (flags & FIN);
    const offset = start - ack;
    if (offset === 0 ? length === 1 : offset === -1 && length <= 1) this.#counts.probes.received++;
  }

  #countWindow(segment: SegmentPasses): void {
    const { direction, flags, lengthOctets, purpose } = segment;
    if ((flags & RST) !== 0 || (flags & ACK) === 0) return;
    const way = direction === 'in' ? 'received' : 'sent';
    const wnd = this.#window(segment);
    const ack = this.#lines[direction === 'in' ? 'out' : 'in'].offset(segment.ack);
    const last = this.#last[direction];
    const isEmpty = lengthOctets === 0 && (flags & (SYN | FIN)) === 0;
    if (wnd === 0 && (flags & SYN) === 0) {
      this.#counts.zeroWindows[way]++;
      if (last.wnd !== 0) this.#counts.zeroWindowPeriods[way]++;
    }
    const isUpdate = direction === 'out' ? purpose === 'window-update' : ack === last.ack && wnd !== last.wnd;
    if (isEmpty && isUpdate) this.#counts.windowUpdates[way]++;
    last.ack = ack;
    last.wnd = wnd;
  }
}

/** Audits the happenings of one recording. */
export function audit(happenings: Iterable<Happening>): AuditReport {
  const auditor = new Audit();
  for (const happening of happenings) auditor.take(happening);
  return auditor.report();
}
