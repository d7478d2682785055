// From a frame to the segment in it: link layer, IP, TCP, each as far as it was captured. What is no TCP segment, or a damaged
// one, is told as a literal fault. A header of which only the options were cut is whole enough: those that are there count.
import { type Segment } from '../../tcp/index.ts';
import {
  decodeIp,
  type DecodeFault,
  decodeSegment,
  type IpFault,
  IpPacket,
  MAX_HEADER,
  MIN_HEADER,
  readUint16,
} from '../../wire/index.ts';
import { findIp, type LinkFault } from './link-layer.ts';

export type SegmentFault = LinkFault | IpFault | DecodeFault;

/** Octets of a TCP header up to and with the window: without them there is nothing to say. */
const LEAST_HEADER = 16;

export class SegmentFinder {
  readonly ip = new IpPacket();
  /** Where the IP packet begins. */
  ipAt = 0;
  /** Octets of text on the wire, and of them in the capture. */
  lengthOctets = 0;
  capturedOctets = 0;
  /** All options are in the capture. */
  isHeaderWhole = true;
  /** A header that was cut, with nothing after what there is of it. */
  readonly #cut = new Uint8Array(MAX_HEADER);

  /** Of a frame of `original` octets, `captured` stand at `octets[at]`. */
  find(
    octets: Uint8Array,
    at: number,
    captured: number,
    original: number,
    linkType: number,
    seg: Segment,
  ): SegmentFault | undefined {
    const skipped = findIp(octets, at, captured, linkType);
    if (typeof skipped === 'string') return skipped;
    const { ip } = this;
    this.ipAt = at + skipped;
    const fault = decodeIp(octets, this.ipAt, captured - skipped, ip);
    if (fault !== undefined) return fault;
    const reaches = at + Math.max(captured, original) - ip.payloadAt;
    const length = isLengthTold(octets, this.ipAt, ip) ? Math.min(ip.payloadLength, reaches) : reaches;
    return this.#decode(octets, length, Math.min(length, at + captured - ip.payloadAt), seg);
  }

  /** The segment had `length` octets, of which `there` were captured. */
  #decode(octets: Uint8Array, length: number, there: number, seg: Segment): SegmentFault | undefined {
    const at = this.ip.payloadAt;
    if (there < LEAST_HEADER) return 'too-short';
    const header = (octets[at + 12]! >>> 4) << 2;
    if (header < MIN_HEADER) return 'data-offset-under-5';
    if (header > length) return 'data-offset-beyond-segment';
    this.lengthOctets = length - header;
    this.isHeaderWhole = there >= header;
    if (!this.isHeaderWhole) {
      this.capturedOctets = 0;
      return this.#decodeCut(octets, at, there, seg);
    }
    this.capturedOctets = there - header;
    return decodeSegment(octets, at, there, seg);
  }

  #decodeCut(octets: Uint8Array, at: number, there: number, seg: Segment): undefined {
    const cut = this.#cut.fill(0);
    for (let i = 0; i < there; i++) cut[i] = octets[at + i]!;
    const words = Math.max(MIN_HEADER >> 2, there >> 2);
    cut[12] = words << 4;
    decodeSegment(cut, 0, words << 2, seg);
    seg.text = octets;
    seg.textStart = at + there;
    seg.textLength = 0;
    return undefined;
  }
}

/** A card that segments by itself (TSO) leaves a length of 0 in captures: then all that follows counts. */
function isLengthTold(octets: Uint8Array, ipAt: number, ip: IpPacket): boolean {
  return readUint16(octets, ipAt + (ip.version === 4 ? 2 : 4)) !== 0;
}
