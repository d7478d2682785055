// What one end knows, from what is told of it: its segments, its happenings, its snapshots. An end that told its happenings
// is known exactly; of one that only its packets are known of, the RFC's variables follow from them as far as they can.
import {
  ACK,
  FIN,
  isSynchronized,
  OFFERINGS,
  RST,
  SILENCE_REASONS,
  type SilenceReason,
  STATES,
  SYN,
} from '../../../tcp/index.ts';
import {
  type FeedConnectionState,
  type Happening,
  type SegmentPasses,
  type TimerHappening,
} from '../../../trace/index.ts';
import { LEAST_UNSEEN_NS } from './continuity.ts';
import { Offsets } from './offsets.ts';
import { RoundTrips } from './round-trips.ts';
import { type Stretch, Stretches } from './stretches.ts';
import { RowTable, TIMER_COLUMNS, UNKNOWN_REASON } from './rows.ts';

/** What a fold takes of a connection's state. */
export type KnownState = Pick<FeedConnectionState, 'tcb' | 'reasonSinceNs' | 'offeringSinceNs' | 'tally' | 'probes'>;

/** A segment's numbers, counted from the ISNs and scaled. */
export interface Placed {
  seq: number;
  ack: number;
  window: number;
  isRetransmission: boolean;
  isProbe: boolean;
}

const REASON = Object.fromEntries(SILENCE_REASONS.map((name, code) => [name, code])) as Record<SilenceReason, number>;

export class EndFold {
  readonly rows: RowTable;
  /** Its own happenings are known, not only packets. */
  isExact: boolean;
  /** Of these not everything was told. */
  readonly unseen = new Stretches();
  /** Of these stretches not every read is told, though what was read in all is known at their ends. */
  readonly unseenReads = new Stretches();
  #exactAtNs = NaN;
  /** The end of the stretch after which no read has been told of yet. */
  #missedUntilNs = NaN;
  readonly #lines = { out: new Offsets(), in: new Offsets() };
  readonly #shift: { out: number | undefined; in: number | undefined } = { out: undefined, in: undefined };
  readonly #trips: RoundTrips;
  /** SND.WL1 and SND.WL2. */
  #wl1 = -1;
  #wl2 = 0;
  #recoverTo = 0;
  #hasFin = false;
  /** After the peer's FIN. */
  #peerFin = Infinity;
  #hasSnapshots = false;
  #rcvBefore = NaN;
  /** The reason before the present one, since when it held, and when it was left. */
  #left = { code: -1, since: 0, at: -1 };

  constructor(isExact: boolean, limit?: number) {
    this.rows = new RowTable(limit);
    this.isExact = isExact;
    this.#trips = new RoundTrips(this.rows);
  }

  /** A segment leaves this end (`isOut`) or arrives at it. */
  segment(segment: SegmentPasses, at: number, isOut: boolean): Placed {
    const row = this.#row(at);
    const { column } = this.rows;
    const own = isOut ? 'out' : 'in';
    const { flags } = segment;
    if ((flags & SYN) !== 0) this.#syn(segment, own, row);
    const start = this.#lines[own].of(segment.seq);
    const ack = (flags & ACK) === 0 ? NaN : this.#lines[isOut ? 'in' : 'out'].near(segment.ack);
    const window = (flags & SYN) === 0 ? segment.wnd * 2 ** this.#scale(own) : segment.wnd;
    const end = start + segment.lengthOctets + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
    const placed = { seq: start, ack, window, isRetransmission: false, isProbe: false };
    if (isOut) this.#leaves(segment, placed, end, row, at);
    else this.#arrives(segment, placed, end, row, at);
    column[isOut ? 'segmentsOut' : 'segmentsIn'][row]!++;
    if (!this.isExact) this.#infer(row, at);
    return placed;
  }

  /** Not everything is told of a stretch that ends now; `read`, octets, is what reading had come to by then, where that is known. */
  misses(stretch: Stretch, read = NaN): void {
    this.unseen.add(stretch);
    const row = this.#row(stretch.untilNs);
    if (Number.isNaN(read)) return;
    this.rows.column.read[row] = read;
    this.#missedUntilNs = stretch.untilNs;
  }

  happening(happening: Exclude<Happening, SegmentPasses>, at: number): void {
    const row = this.#row(at);
    const { column } = this.rows;
    switch (happening.type) {
      case 'reason':
        this.#reason(row, REASON[happening.to], at);
        column.unsent[row] = happening.unsentOctets;
        column.mss[row] = happening.mssOctets;
        column.wnd[row] = happening.wndOctets;
        column.sendCapacity[row] = happening.unsentOctets + happening.flightOctets + happening.roomOctets;
        return;
      case 'offering':
        column.offering[row] = OFFERINGS.indexOf(happening.to);
        column.offeringSince[row] = at;
        column.capacity[row] = happening.capacityOctets;
        return;
      case 'offer':
        column.capacity[row] = happening.capacityOctets;
        return;
      case 'send-window':
        column.wnd[row] = happening.toOctets;
        return;
      case 'congestion':
        column.cwnd[row] = happening.cwndOctets ?? NaN;
        column.ssthresh[row] = happening.ssthreshOctets ?? NaN;
        return;
      case 'read':
        this.#readsAgain(at);
        column.read[row] = column.read[row]! + happening.octets;
        column.unread[row] = happening.unreadOctets;
        return;
      case 'timer':
        this.#timer(happening, row, at);
        return;
      case 'state':
        column.state[row] = STATES.indexOf(happening.to);
        return;
      case 'refused':
        // The text of the segment that arrived last did not stay.
        if (happening.lengthOctets > 0 && !Number.isNaN(this.#rcvBefore)) column.rcvNxt[row] = this.#rcvBefore;
        this.#countUnread(row);
        return;
      default:
    }
  }

  #timer({ timer, event, deadlineNs = NaN, atNs }: TimerHappening, row: number, at: number): void {
    const { column } = this.rows;
    column[TIMER_COLUMNS[timer]][row] = event === 'starts' ? deadlineNs + (at - atNs) : NaN;
    if (timer === 'retransmission' && event === 'starts' && !this.#hasSnapshots) column.rto[row] = deadlineNs - atNs;
  }

  /** Where both sequence spaces begin and how windows are scaled, for whoever comes late and has not seen the SYNs. */
  anchor(tcb: KnownState['tcb']): void {
    this.#lines.out.anchor(tcb.ISS, 0);
    if (!isSynchronized(tcb.state)) return; // the peer's half is not known yet
    this.#lines.in.anchor(tcb.IRS, 0);
    this.#shift.in = tcb['Snd.Wind.Shift'];
    this.#shift.out = tcb['Rcv.Wind.Shift'];
  }

  /** The present, exactly. */
  snapshot({ tcb, reasonSinceNs, offeringSinceNs, tally, probes }: KnownState, at: number, shift = 0): void {
    const row = this.#row(at);
    const { column } = this.rows;
    const { out, in: back } = this.#lines;
    this.#hasSnapshots = true;
    this.anchor(tcb);
    column.una[row] = out.of(tcb['SND.UNA']);
    column.nxt[row] = out.near(tcb['SND.NXT']);
    column.max[row] = out.near(tcb['SND.MAX']);
    column.wnd[row] = tcb['SND.WND'];
    if (back.isAnchored) column.rcvNxt[row] = back.of(tcb['RCV.NXT']);
    column.rcvWnd[row] = tcb['RCV.WND'];
    column.rcvEdge[row] = column.rcvNxt[row]! + tcb['RCV.WND'];
    column.cwnd[row] = tcb.cwnd ?? NaN;
    column.ssthresh[row] = tcb.ssthresh ?? NaN;
    column.unsent[row] = Math.max(0, tcb.unsent);
    column.sendCapacity[row] = tcb.sendCapacity;
    column.unread[row] = tcb['RCV.USER'];
    column.capacity[row] = tcb['RCV.BUFF'];
    column.outOfOrder[row] = tcb.outOfOrder;
    column.mss[row] = tcb['Eff.snd.MSS'];
    this.#countRead(row, tally.octetsRead, at);
    column.srtt[row] = tcb.srtt ?? NaN;
    column.rttvar[row] = tcb.rttvar ?? NaN;
    column.rto[row] = tcb.rto;
    for (const [name, timer] of Object.entries(TIMER_COLUMNS)) {
      const deadline = tcb.timers[name as keyof typeof TIMER_COLUMNS];
      column[timer][row] = deadline === undefined ? NaN : deadline + shift;
    }
    column.state[row] = STATES.indexOf(tcb.state);
    const isStillShut = tcb.reason === 'zero-window' && column.reason[row] === REASON['zero-window'];
    if (!isStillShut) column.reasonSince[row] = reasonSinceNs + shift; // else the TCB's own begins with the last probe
    column.reason[row] = REASON[tcb.reason];
    column.offering[row] = OFFERINGS.indexOf(tcb.offering);
    column.offeringSince[row] = offeringSinceNs + shift;
    column.segmentsOut[row] = tally.segmentsSent;
    column.segmentsIn[row] = tally.segmentsReceived;
    column.retransmissions[row] = tally.retransmissions;
    column.probes[row] = tally.probesSent;
    column.probesNow[row] = probes;
    column.zeroWindows[row] = tally.sendWindowZero.count;
  }

  #row(at: number): number {
    const { rows } = this;
    const isFirst = rows.length === 0;
    const row = rows.present(at);
    if (isFirst) this.#begin(row, at);
    return row;
  }

  #begin(row: number, at: number): void {
    const { column } = this.rows;
    for (const name of ['cwnd', 'ssthresh', 'unsent', 'sendCapacity', 'unread', 'capacity', 'outOfOrder'] as const)
      column[name][row] = NaN;
    for (const name of ['rtt', 'srtt', 'rttvar', 'rto', 'rcvNxt', 'rcvEdge', 'rcvWnd', 'mss', 'wnd'] as const)
      column[name][row] = NaN;
    for (const name of Object.values(TIMER_COLUMNS)) column[name][row] = NaN;
    column.reason[row] = this.isExact ? REASON.handshake : UNKNOWN_REASON;
    column.reasonSince[row] = at;
    column.offeringSince[row] = at;
    if (this.isExact) column.unread[row] = 0;
    column.outOfOrder[row] = 0;
  }

  #syn({ seq, windowScale, mss }: SegmentPasses, own: 'in' | 'out', row: number): void {
    this.#lines[own].anchor(seq, 0);
    this.#shift[own] = windowScale;
    if (own === 'in' && mss !== undefined) this.rows.column.mss[row] = mss;
  }

  /** Windows are scaled where both SYNs offered to (RFC 7323 §2.2). */
  #scale(own: 'in' | 'out'): number {
    const { in: theirs, out: ours } = this.#shift;
    if (theirs === undefined || ours === undefined) return 0;
    return Math.min(14, own === 'in' ? theirs : ours);
  }

  #leaves(segment: SegmentPasses, placed: Placed, end: number, row: number, at: number): void {
    const { column } = this.rows;
    const { flags, lengthOctets, purpose } = segment;
    if ((flags & RST) !== 0) return;
    const isBlind = purpose === 'arrived';
    placed.isProbe = isBlind ? this.#looksLikeProbe(segment, placed.seq, row) : purpose === 'probe';
    placed.isRetransmission = isBlind
      ? lengthOctets > 0 && !placed.isProbe && end <= column.max[row]!
      : purpose === 'retransmission';
    if (placed.isProbe) {
      column.probes[row]!++;
      column.probesNow[row]!++;
    }
    if (end > placed.seq) this.#occupies(placed, end, row, at);
    if ((flags & FIN) !== 0) this.#hasFin = true;
    column.rcvWnd[row] = placed.window;
    if (Number.isNaN(placed.ack)) return;
    column.rcvNxt[row] = Number.isNaN(column.rcvNxt[row]!) ? placed.ack : Math.max(column.rcvNxt[row]!, placed.ack);
    column.rcvEdge[row] = placed.ack + placed.window;
    if (this.isExact) this.#countUnread(row);
    else this.#guessBuffer(row, at);
  }

  /** At a zero window one octet, or in Linux's style nothing, left of what was sent last. */
  #looksLikeProbe({ flags, lengthOctets }: SegmentPasses, start: number, row: number): boolean {
    const { column } = this.rows;
    if (column.wnd[row] !== 0 || (flags & (SYN | FIN | RST)) !== 0) return false;
    return lengthOctets === 1 || (lengthOctets === 0 && start === column.nxt[row]! - 1);
  }

  /** What leaves takes up sequence numbers up to `end`. */
  #occupies(placed: Placed, end: number, row: number, at: number): void {
    const { column } = this.rows;
    const before = column.max[row]!;
    // An end sends octet after octet: a gap means that a feed left segments out, and acknowledgments with them.
    const isWhole = this.isExact ? before === 0 : this.unseen.all.length === 0;
    if (!isWhole && placed.seq > before) column.una[row] = Math.max(column.una[row]!, placed.seq);
    column.max[row] = Math.max(before, end);
    if (placed.isProbe) return;
    if (placed.isRetransmission || end <= before) {
      column.retransmissions[row]!++;
      this.#recoverTo = Math.max(this.#recoverTo, column.nxt[row]!);
      this.#trips.spoil();
    } else this.#trips.begin(end, at);
    column.nxt[row] = Math.max(column.nxt[row]!, end);
  }

  #arrives({ flags, lengthOctets }: SegmentPasses, placed: Placed, end: number, row: number, at: number): void {
    const { column } = this.rows;
    const next = column.rcvNxt[row]!;
    this.#rcvBefore = next;
    if (Number.isNaN(next) || (placed.seq <= next && end > next)) column.rcvNxt[row] = end;
    else if (lengthOctets > 0 && end <= next) column.duplicates[row]!++;
    if ((flags & FIN) !== 0) this.#peerFin = end;
    if (this.isExact) this.#countUnread(row);
    if ((flags & (ACK | RST)) !== ACK) return;
    const { ack } = placed;
    const isOfUnseen = this.unseen.all.length > 0;
    if (ack < column.una[row]! || (ack > column.max[row]! && column.max[row]! > 0 && !isOfUnseen)) return;
    if (ack > column.una[row]!) this.#advances(ack, row, at);
    this.#takeWindow(placed, (flags & SYN) !== 0, row);
  }

  /** More of what was sent is acknowledged. */
  #advances(ack: number, row: number, at: number): void {
    const { column } = this.rows;
    column.una[row] = ack;
    column.nxt[row] = Math.max(column.nxt[row]!, ack);
    column.max[row] = Math.max(column.max[row]!, ack);
    this.#trips.end(ack, at, row, this.#hasSnapshots);
    // Set anew (RFC 6298 §5.3), which recordings do not tell: by the RTO that it had when it started.
    if (!this.#hasSnapshots && column.retransmission[row]! >= at) column.retransmission[row] = at + column.rto[row]!;
  }

  /** SND.WND, unless the segment was overtaken by a later one (RFC 9293 §3.10.7.4, fifth). */
  #takeWindow({ seq, ack, window }: Placed, isSyn: boolean, row: number): void {
    const { column } = this.rows;
    const isNewer = this.#wl1 < seq || (this.#wl1 === seq && this.#wl2 <= ack);
    if (!isNewer) return;
    this.#wl1 = seq;
    this.#wl2 = ack;
    if (window === 0 && column.wnd[row] !== 0 && !isSyn) column.zeroWindows[row]!++;
    if (window > 0) column.probesNow[row] = 0;
    column.wnd[row] = window;
  }

  /** A feed remembers fewer reads than segments: whoever comes late learns from the first state what they came to. */
  #countRead(row: number, octets: number, at: number): void {
    const { column } = this.rows;
    const fromNs = Number.isNaN(this.#exactAtNs) ? column.at[0]! : this.#exactAtNs;
    if (octets > column.read[row]! && at - fromNs >= LEAST_UNSEEN_NS) this.unseenReads.add({ fromNs, untilNs: at });
    this.#exactAtNs = at;
    this.#missedUntilNs = NaN;
    column.read[row] = octets;
  }

  /** The reads that are remembered may begin later than the segments: it is not known that nothing was read in between. */
  #readsAgain(at: number): void {
    const fromNs = this.#missedUntilNs;
    this.#missedUntilNs = NaN;
    if (at - fromNs >= LEAST_UNSEEN_NS) this.unseenReads.add({ fromNs, untilNs: at });
  }

  /** What has arrived in order and was not read: recordings tell of reads, and of arrivals by their segments. */
  #countUnread(row: number): void {
    const { column } = this.rows;
    const next = column.rcvNxt[row]!;
    if (!Number.isNaN(next))
      column.unread[row] = Math.max(0, next - 1 - column.read[row]! - (next >= this.#peerFin ? 1 : 0));
  }

  /** A probe leaves and at once the sender is silent for the same reason as before: that reason has held all along. */
  #reason(row: number, code: number, at: number): void {
    const { column } = this.rows;
    const present = column.reason[row]!;
    if (present === code) return;
    const { code: left, since, at: leftAt } = this.#left;
    const isShut = code === REASON['zero-window'] && present === REASON.sending && column.wnd[row] === 0;
    const isBack = left === code && (leftAt === at || isShut);
    this.#left = { code: present, since: column.reasonSince[row]!, at };
    column.reason[row] = code;
    column.reasonSince[row] = isBack ? since : at;
  }

  /** Of a receiver's buffer its windows tell: the widest is taken for its size, what is missing from it for unread. */
  #guessBuffer(row: number, at: number): void {
    const { column } = this.rows;
    const window = column.rcvWnd[row]!;
    column.capacity[row] = Math.max(column.capacity[row]! || 0, window);
    column.unread[row] = column.capacity[row] - window;
    const offering = OFFERINGS.indexOf(window === 0 ? 'zero' : 'open');
    if (column.offering[row] === offering) return;
    column.offering[row] = offering;
    column.offeringSince[row] = at;
  }

  /** The reason for silence, as far as packets tell it. */
  #infer(row: number, at: number): void {
    const { column } = this.rows;
    const [una, nxt, wnd] = [column.una[row]!, column.nxt[row]!, column.wnd[row]!];
    const flight = nxt - una;
    const mss = column.mss[row]! > 0 ? column.mss[row]! : 1;
    let code = UNKNOWN_REASON;
    if (una < 1 || Number.isNaN(wnd)) code = REASON.handshake;
    else if (this.#hasFin) code = REASON.closing;
    else if (wnd === 0) code = REASON['zero-window'];
    else if (una < this.#recoverTo) code = REASON.recovery;
    else if (flight > 0 && flight + mss > wnd) code = REASON['window-full'];
    else if (flight === 0 && nxt > 1) code = UNKNOWN_REASON;
    this.#reason(row, code, at);
  }
}
