// Reads a recording, or any capture, as happenings: feed it the file in pieces of any size, and it tells every one in order,
// in constant memory. A capture of others has segments only, and a line of introduction for each conversation in it.
import { ABSENT, type Segment } from '../tcp/index.ts';
import { type CapturedPacket, CaptureReader, type CaptureSink, type Conversation } from './capture/index.ts';
import { type Direction, type Happening, type Seen, type SegmentPasses } from './vocabulary.ts';

/** Makes happenings of what a capture holds. */
export class Happenings implements CaptureSink {
  readonly #tell: (happening: Happening) => void;
  /** The highest conversation that was introduced; -1 before any. */
  #introduced = -1;

  /** `tell` is called once for each happening, in the order of the file. */
  constructor(tell: (happening: Happening) => void) {
    this.#tell = tell;
  }

  happening(happening: Happening): void {
    // A recording says itself between whom it is.
    if (happening.type === 'recording' && happening.interfaceId === undefined) this.#introduced++;
    this.#tell(happening);
  }

  packet(packet: CapturedPacket): void {
    const { conversation } = packet;
    if (conversation.index > this.#introduced) this.#introduce(conversation, packet.atNs);
    this.#tell(segmentPasses(packet));
  }

  #introduce({ index, ends }: Conversation, atNs: number): void {
    this.#introduced = index;
    this.#tell({ type: 'conversation', atNs, conversation: index, local: ends[0], remote: ends[1] });
  }
}

export class PcapngReader extends CaptureReader {
  /** `tell` is called once for each happening, in the order of the file. */
  constructor(tell: (happening: Happening) => void) {
    super(new Happenings(tell));
  }
}

/** Where the capture does not say which way a segment went, the end that was seen first is taken to be the one that captured. */
function directionOf({ direction, side }: CapturedPacket): Direction {
  if (direction !== 'unknown') return direction;
  return side === 0 ? 'out' : 'in';
}

/** What a recording of a link says of a segment that is lost there. */
const LOST = /^lost: ([^;]*)/;

function segmentPasses(packet: CapturedPacket): SegmentPasses & Seen {
  const { seg, lengthOctets, conversation, comment, interfaceId } = packet;
  const happening: SegmentPasses & Seen = {
    type: 'segment',
    atNs: packet.atNs,
    packet: packet.number,
    direction: directionOf(packet),
    purpose: seg.purpose,
    sourcePort: seg.sourcePort,
    destinationPort: seg.destinationPort,
    seq: seg.seq,
    ack: seg.ack,
    flags: seg.flags,
    wnd: seg.wnd,
    lengthOctets,
  };
  if (interfaceId > 0) happening.interfaceId = interfaceId;
  if (conversation.index > 0) happening.conversation = conversation.index;
  if (seg.up > 0) happening.up = seg.up;
  addOptions(happening, seg);
  if (comment !== undefined) happening.comment = comment;
  const lost = packet.direction === 'unknown' && comment !== undefined ? LOST.exec(comment)?.[1] : undefined;
  if (lost !== undefined) happening.lost = lost;
  if (lengthOctets > 0 && packet.capturedOctets === lengthOctets) {
    happening.text = seg.text.subarray(seg.textStart, seg.textStart + lengthOctets);
  }
  return happening;
}

function addOptions(happening: SegmentPasses, seg: Segment): void {
  if (seg.mss !== ABSENT) happening.mss = seg.mss;
  if (seg.windowScale !== ABSENT) happening.windowScale = seg.windowScale;
  if (seg.tsVal !== ABSENT) happening.tsVal = seg.tsVal;
  if (seg.tsEcr !== ABSENT) happening.tsEcr = seg.tsEcr;
  if (seg.sackPermitted) happening.sackPermitted = true;
  if (seg.sackCount > 0) happening.sacks = blocks(seg);
}

function blocks(seg: Segment): [number, number][] {
  return Array.from({ length: seg.sackCount }, (_, index) => [seg.sacks[2 * index]!, seg.sacks[2 * index + 1]!]);
}
