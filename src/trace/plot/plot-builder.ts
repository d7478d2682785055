// Reads a capture's packets, and sash's records where there are any, into the columns that pictures are drawn from. One
// connection of the capture, in one pass, in bounded memory.
import { type Ranges, seqDiff, type SilenceReason } from '../../tcp/index.ts';
import { type CapturedPacket, type CaptureSink, type Conversation } from '../capture/index.ts';
import { SequenceLine } from '../sequence-line.ts';
import { Track, type TrackedEnd } from '../track/index.ts';
import { type CongestionChanges, type Endpoint, type Happening, type Json, type RecordingEnds } from '../vocabulary.ts';
import { BufferCourse } from './buffer-course.ts';
import { emptyFlow, type FlowSeries, type MarkLetter, type PlotSeries, type DrawnFrom } from './series.ts';
import { View } from './view.ts';

export interface PlotOptions {
  /** Which conversation, as Wireshark numbers tcp.stream. */
  stream?: number;
  /** Draw this part of the time only, in nanoseconds of the capture. */
  fromNs?: number;
  toNs?: number;
  /** What another clock, on which this capture is to be drawn, says when this one's says `atNs`. */
  clock?: (atNs: number) => number;
}

export class PlotBuilder implements CaptureSink {
  readonly #stream: number;
  readonly #view: View;
  readonly #clock: (atNs: number) => number;
  readonly #flows = [emptyFlow(0), emptyFlow(1)] as const;
  readonly #lines = [new SequenceLine(), new SequenceLine()] as const;
  readonly #zeroSince: [number, number] = [-1, -1];
  readonly #buffers = [new BufferCourse(), new BufferCourse()] as const;
  #conversation: Conversation | undefined = undefined;
  #track: Track | undefined = undefined;
  #packets = 0;
  #firstNs = 0;
  #lastNs = 0;

  // Of sash's records: whose they are, and what has begun and not ended.
  #local: Endpoint | undefined = undefined;
  #remote: Endpoint | undefined = undefined;
  #configuration: Json = null;
  #hasRecords = false;
  #reason: SilenceReason | undefined = undefined;
  #reasonSince = 0;
  #offering: 'open' | 'withheld' | 'zero' | undefined = undefined;
  #offeringSince = 0;
  #rto = 0;

  constructor({ stream = 0, fromNs, toNs, clock = own }: PlotOptions = {}) {
    this.#stream = stream;
    this.#view = new View(fromNs, toNs);
    this.#clock = clock;
  }

  packet(packet: CapturedPacket): void {
    if (packet.conversation.index !== this.#stream) return;
    const fileNs = packet.atNs;
    packet.atNs = this.#clock(fileNs);
    const track = (this.#track ??= this.#begin(packet));
    this.#packets++;
    this.#lastNs = Math.max(this.#lastNs, packet.atNs);
    track.take(packet);
    const { side } = packet;
    const other = side === 0 ? 1 : 0;
    this.#anchor(track);
    if (track.what.length > 0 || track.what.kind === 'probe') this.#sends(packet, track, this.#flows[side]);
    if (track.what.window >= 0) this.#acknowledges(packet, track, this.#flows[other]);
    packet.atNs = fileNs;
  }

  /** When the connection's first and last packets passed; undefined if there are none. */
  get span(): { firstNs: number; lastNs: number } | undefined {
    return this.#track === undefined ? undefined : { firstNs: this.#firstNs, lastNs: this.#lastNs };
  }

  /** All that there is to draw; undefined if the conversation is not in the capture. */
  finish(): PlotSeries | undefined {
    const track = this.#track;
    const conversation = this.#conversation;
    if (track === undefined || conversation === undefined) return undefined;
    const fromNs = this.#view.fromNs ?? this.#beginning();
    const toNs = Math.max(fromNs, Math.min(this.#view.toNs ?? Infinity, this.#lastNs));
    for (const flow of this.#flows) this.#close(flow, toNs);
    const main = this.#flows[1].sentOctets > this.#flows[0].sentOctets ? 1 : 0;
    const near = track.vantage.near;
    return {
      ends: conversation.ends,
      flows: this.#flows,
      fromNs,
      toNs,
      packets: this.#packets,
      vantage: vantageOf(near === undefined ? undefined : near === main, track),
      hasRecords: { sender: this.#hasRecords && near === main, receiver: this.#hasRecords && near !== main },
      hasHandshake: track.hasHandshake,
    };
  }

  /** A connection that begins soon after the capture is drawn from the capture's beginning. */
  #beginning(): number {
    return this.#firstNs > 0 && this.#firstNs < 0.05 * this.#lastNs ? 0 : this.#firstNs;
  }

  #begin({ conversation, atNs }: CapturedPacket): Track {
    this.#conversation = conversation;
    this.#firstNs = atNs;
    const track = new Track(atNs);
    const near = this.#localSide();
    if (near !== undefined) {
      track.vantage.is(near, 'recording');
      this.#buffers[near === 0 ? 1 : 0].begins(receiveBuffer(this.#configuration));
    }
    for (const flow of this.#flows) this.#infer(track, flow);
    return track;
  }

  #anchor(track: Track): void {
    for (const side of [0, 1] as const) {
      const end = track.ends[side];
      if (end.hasSyn) this.#lines[side].anchor(end.iss, 0);
    }
  }

  #sends({ atNs, seg, side, lengthOctets }: CapturedPacket, track: Track, flow: FlowSeries): void {
    const view = this.#view;
    const { what } = track;
    const start = this.#lines[side].offset(seg.seq);
    if (lengthOctets > 0) {
      const kind = what.kind === 'probe' || what.kind === 'retransmission' ? what.kind : 'text';
      view.push(flow.segments[kind], atNs, start, start + lengthOctets);
      flow.sentOctets += lengthOctets;
      view.step(flow.sent, atNs, flow.sentOctets);
    }
    if (what.kind === 'probe') this.#mark(flow, 'P', atNs, start + lengthOctets);
    if (what.kind === 'retransmission') this.#mark(flow, 'R', atNs, start + lengthOctets);
    this.#levels(atNs, track, flow);
    this.#held(atNs, track, flow);
    this.#fills(atNs, track, flow);
  }

  /** `flow` is what the segment acknowledges. */
  #acknowledges({ atNs, seg }: CapturedPacket, track: Track, flow: FlowSeries): void {
    const view = this.#view;
    const { what } = track;
    if (what.advance < 0) return; // overtaken on its way: the stairs have gone on
    const line = this.#lines[flow.from];
    const ack = line.offset(seg.ack);
    view.step(flow.acks, atNs, ack);
    if (what.kind !== 'reset') view.step(flow.edges, atNs, ack + what.window);
    const sender = track.ends[flow.from];
    if (what.advance > 0) this.#delivers(atNs, what.advance, sender, flow, seg.ack);
    if (what.window === 0 && what.kind !== 'handshake') this.#mark(flow, 'Z', atNs, ack);
    if (sender.dupAcks === 3 && what.kind === 'duplicate-ack') this.#mark(flow, '3', atNs, ack);
    for (let block = 0; block < seg.sackCount; block++) {
      const end = line.offset(seg.sacks[2 * block + 1]!);
      view.push(flow.sacks, atNs, line.offset(seg.sacks[2 * block]!), end);
      if (block === 0) this.#mark(flow, 'S', atNs, end);
    }
    line.offset(seg.ack); // what comes next is counted from here
    if (what.rttNs >= 0) {
      view.push(flow.rtt, atNs, what.rttNs);
      view.push(flow.srtt, atNs, sender.rtt.srtt);
    }
    this.#levels(atNs, track, flow);
    this.#held(atNs, track, flow);
    this.#fills(atNs, track, flow);
  }

  #delivers(atNs: number, advance: number, { finEnd }: TrackedEnd, flow: FlowSeries, ack: number): void {
    const octets = advance - (finEnd !== undefined && finEnd === ack ? 1 : 0);
    flow.deliveredOctets += octets;
    this.#view.step(flow.delivered, atNs, flow.deliveredOctets);
  }

  #levels(atNs: number, track: Track, flow: FlowSeries): void {
    const sender = track.ends[flow.from];
    if (!sender.hasWindow) return;
    this.#view.step(flow.window, atNs, sender.wnd);
    this.#view.step(flow.flight, atNs, sender.flight);
    const since = this.#zeroSince[flow.from];
    if (sender.wnd === 0 && since < 0) this.#zeroSince[flow.from] = atNs;
    if (sender.wnd === 0 || since < 0) return;
    this.#view.span(flow.zero, 'zero', since, atNs);
    this.#zeroSince[flow.from] = -1;
  }

  /** What the receiver holds out of order: at its own end as it arrives, elsewhere as it says by SACK. */
  #held(atNs: number, track: Track, flow: FlowSeries): void {
    const sender = track.ends[flow.from];
    const isAtReceiver = track.vantage.isNear(flow.from === 0 ? 1 : 0);
    const ranges = isAtReceiver ? sender.islands : sender.sacked;
    const held = ranges.count === 0 ? 0 : totalOf(ranges);
    if (held > 0 || flow.outOfOrder.length > 0) this.#view.step(flow.outOfOrder, atNs, held);
    this.#buffers[flow.from].held = held;
  }

  /** At the receiver, whose records there are: its buffer fills, or what it promises moves. */
  #fills(atNs: number, track: Track, flow: FlowSeries): void {
    const local = this.#localSide();
    if (local === undefined || local === flow.from) return;
    const buffer = this.#buffers[flow.from];
    const end = track.ends[flow.from];
    const fin = end.finEnd !== undefined && end.whole === end.finEnd ? 1 : 0;
    buffer.arrives(this.#lines[flow.from].offset(end.whole) - fin);
    if (track.ends[local].hasAck) buffer.promises(seqDiff(track.ends[local].promised, end.whole) + fin);
    buffer.tell(this.#view, flow.buffer, atNs);
  }

  #mark(flow: FlowSeries, letter: MarkLetter, atNs: number, octet: number): void {
    this.#view.push(flow.marks[letter], atNs, octet);
  }

  /** Who held it back, from packets alone, where its own records do not say so. */
  #infer(track: Track, flow: FlowSeries): void {
    track.limits[flow.from].onTurn = (limit, fromNs, toNs) => {
      if (this.#localSide() !== flow.from) this.#view.span(flow.limits, limit, fromNs, toNs);
    };
  }

  #close(flow: FlowSeries, toNs: number): void {
    const since = this.#zeroSince[flow.from];
    if (since >= 0) this.#view.span(flow.zero, 'zero', since, toNs);
    if (flow.from === this.#localSide()) this.#endReason(toNs);
    else this.#endOffering(toNs);
    this.#track?.limits[flow.from].finish(toNs);
    flow.zero.endAt(toNs);
    flow.limits.endAt(toNs);
    flow.offerings.endAt(toNs);
  }

  // ---- sash's own records ----

  happening(happening: Happening): void {
    if (happening.type === 'recording') {
      this.#local = happening.local;
      this.#remote = happening.remote;
      this.#configuration = happening.configuration;
      return;
    }
    const local = this.#localSide();
    if (local === undefined) return;
    this.#hasRecords = true;
    const mine = this.#flows[local];
    const theirs = this.#flows[local === 0 ? 1 : 0];
    this.#record(happening, this.#clock(happening.atNs), mine, theirs);
  }

  #record(happening: Happening, atNs: number, mine: FlowSeries, theirs: FlowSeries): void {
    const buffer = this.#buffers[theirs.from];
    switch (happening.type) {
      case 'reason':
        this.#view.span(mine.limits, happening.from, atNs - happening.heldNs, atNs);
        this.#reason = happening.to;
        this.#reasonSince = atNs;
        return;
      case 'congestion':
        this.#congestion(happening, atNs, mine);
        return;
      case 'offering':
        this.#view.span(theirs.offerings, happening.from, atNs - happening.heldNs, atNs);
        this.#offering = happening.to;
        this.#offeringSince = atNs;
        return;
      case 'offer':
        buffer.offers(happening);
        buffer.tell(this.#view, theirs.buffer, atNs);
        return;
      case 'read':
        theirs.readOctets += happening.octets;
        this.#view.step(theirs.reads, atNs, theirs.readOctets);
        buffer.reads(happening.unreadOctets);
        buffer.tell(this.#view, theirs.buffer, atNs);
        return;
      case 'timer':
        if (happening.timer === 'retransmission') this.#timer(happening.event, atNs, happening.deadlineNs, mine);
        return;
      case 'end':
        this.#ends(happening);
        return;
      default:
    }
  }

  #congestion({ from, to, cwndOctets, ssthreshOctets }: CongestionChanges, atNs: number, mine: FlowSeries): void {
    const before = mine.cwnd.last(1) ?? cwndOctets ?? 0;
    if (cwndOctets !== null) this.#view.step(mine.cwnd, atNs, cwndOctets);
    if (ssthreshOctets !== null) this.#view.step(mine.ssthresh, atNs, ssthreshOctets);
    if (to !== 'none' && from !== to) this.#view.push(mine.recoveries[to], atNs, before);
  }

  #timer(event: 'starts' | 'stops' | 'fires', atNs: number, deadlineNs: number | undefined, mine: FlowSeries): void {
    if (event === 'starts' && deadlineNs !== undefined) {
      this.#rto = this.#clock(deadlineNs) - atNs;
      this.#view.step(mine.rto, atNs, this.#rto);
    }
    if (event === 'fires') this.#view.push(mine.timeouts, atNs, this.#rto);
  }

  #ends({ connection }: RecordingEnds): void {
    if (connection === null) return;
    this.#endReason(this.#clock(connection.endedNs));
    this.#endOffering(this.#clock(connection.endedNs));
  }

  /** The reason that held last has nothing after it to tell how long. */
  #endReason(atNs: number): void {
    const local = this.#localSide();
    if (this.#reason !== undefined && local !== undefined) {
      this.#view.span(this.#flows[local].limits, this.#reason, this.#reasonSince, atNs);
    }
    this.#reason = undefined;
  }

  #endOffering(atNs: number): void {
    const local = this.#localSide();
    if (this.#offering !== undefined && local !== undefined) {
      this.#view.span(this.#flows[local === 0 ? 1 : 0].offerings, this.#offering, this.#offeringSince, atNs);
    }
    this.#offering = undefined;
  }

  /** Which end the records at hand are of; undefined if none, or if they are another conversation's. */
  #localSide(): 0 | 1 | undefined {
    const ends = this.#conversation?.ends;
    if (ends === undefined || this.#local === undefined || this.#remote === undefined) return undefined;
    if (isSame(ends[0], this.#local) && isSame(ends[1], this.#remote)) return 0;
    return isSame(ends[1], this.#local) && isSame(ends[0], this.#remote) ? 1 : undefined;
  }
}

/** RCV.BUFF as the connection was made with; 0 where the recording does not say it. */
function receiveBuffer(configuration: Json): number {
  if (configuration === null || typeof configuration !== 'object' || !('receiveBuffer' in configuration)) return 0;
  const { receiveBuffer: size } = configuration;
  return typeof size === 'number' && size > 0 ? size : 0;
}

function totalOf(ranges: Ranges): number {
  let total = 0;
  for (let range = 0; range < ranges.count; range++) total += seqDiff(ranges.end(range), ranges.start(range));
  return total;
}

function own(atNs: number): number {
  return atNs;
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

function vantageOf(isSender: boolean | undefined, track: Track): DrawnFrom {
  if (isSender === undefined) return track.vantage.report().place === 'middle' ? 'middle' : 'unknown';
  return isSender ? 'sender' : 'receiver';
}
