// Which conversation a segment belongs to, numbered as Wireshark numbers tcp.stream (4.0.17, dissect_tcp() in
// epan/dissectors/packet-tcp.c): one per pair of endpoints, and a new one where a SYN has another sequence number than the
// conversation began with on that side. At most MAX_CONVERSATIONS are known at once: beyond, the longest silent is forgotten.
import { ACK, type Segment, type Seq, seq, seqAdd, SYN } from '../../tcp/index.ts';
import { formatAddress, type IpPacket, readUint32 } from '../../wire/index.ts';
import { type Endpoint } from '../vocabulary.ts';
import { type CapturedPacket, Conversation } from './captured-packet.ts';

export const MAX_CONVERSATIONS = 65_536;

/** The two endpoints of a packet as numbers: addresses in words of 32 bits (IPv4 in the last), then the port. */
class Pair {
  readonly source = new Int32Array(5);
  readonly destination = new Int32Array(5);

  take(octets: Uint8Array, packet: IpPacket, seg: Segment): void {
    const { source, destination } = this;
    const { addressLength } = packet;
    let at = packet.sourceAt;
    for (let word = 4 - (addressLength >> 2); word < 4; word++) {
      source[word] = readUint32(octets, at);
      destination[word] = readUint32(octets, at + addressLength);
      at += 4;
    }
    if (addressLength === 4) {
      for (let word = 0; word < 3; word++) {
        source[word] = 0;
        destination[word] = 0;
      }
    }
    // An IPv4 address is not the IPv6 address that ends in it.
    source[4] = (addressLength << 16) | seg.sourcePort;
    destination[4] = (addressLength << 16) | seg.destinationPort;
  }

  /** The same from either end. */
  get hash(): number {
    return (hashOf(this.source) + hashOf(this.destination)) | 0;
  }
}

function hashOf(end: Int32Array): number {
  let hash = 0;
  for (let word = 0; word < 5; word++) hash = Math.imul(hash ^ end[word]!, 0x9e37_79b1) ^ (hash >>> 15);
  return hash;
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a[4] === b[4] && a[3] === b[3] && a[2] === b[2] && a[1] === b[1] && a[0] === b[0];
}

class Known {
  conversation: Conversation;
  readonly hash: number;
  /** The ends, as the conversation has them. */
  first: Int32Array;
  second: Int32Array;
  /** The sequence number each side began with, once it is known. */
  readonly base: [Seq, Seq] = [seq(0), seq(0)];
  readonly isBased: [boolean, boolean] = [false, false];
  /** Another of the same hash. */
  next: Known | undefined = undefined;
  newer: Known | undefined = undefined;
  older: Known | undefined = undefined;

  constructor(conversation: Conversation, pair: Pair) {
    this.conversation = conversation;
    this.hash = pair.hash;
    this.first = pair.source.slice();
    this.second = pair.destination.slice();
  }

  sideOf(pair: Pair): 0 | 1 | -1 {
    if (isSame(this.first, pair.source) && isSame(this.second, pair.destination)) return 0;
    return isSame(this.second, pair.source) && isSame(this.first, pair.destination) ? 1 : -1;
  }
}

export class Conversations {
  /** How many there were. */
  count = 0;
  /** How many were forgotten because there were too many. */
  forgotten = 0;
  readonly #forget: (conversation: Conversation) => void;
  readonly #limit: number;
  readonly #pair = new Pair();
  readonly #table = new Map<number, Known>();
  #size = 0;
  #newest: Known | undefined = undefined;
  #oldest: Known | undefined = undefined;

  constructor(forget: (conversation: Conversation) => void, limit: number) {
    this.#forget = forget;
    this.#limit = limit;
  }

  /** Says which conversation, and which side of it, the packet is of. */
  assign(octets: Uint8Array, ip: IpPacket, packet: CapturedPacket): void {
    const { seg } = packet;
    this.#pair.take(octets, ip, seg);
    let known = this.#newest;
    let side = known === undefined ? -1 : known.sideOf(this.#pair);
    if (side < 0) {
      known = this.#find();
      side = known === undefined ? 0 : known.sideOf(this.#pair);
      if (known === undefined) known = this.#add(octets, ip, seg);
      else this.#refresh(known);
    }
    packet.side = side === 1 ? 1 : 0;
    this.#rebase(known!, packet);
    packet.conversation = known!.conversation;
  }

  #find(): Known | undefined {
    let known = this.#table.get(this.#pair.hash);
    while (known !== undefined && known.sideOf(this.#pair) < 0) known = known.next;
    return known;
  }

  #add(octets: Uint8Array, ip: IpPacket, seg: Segment): Known {
    let slot = this.#size;
    if (this.#size === this.#limit) slot = this.#drop(this.#oldest!);
    const ends: [Endpoint, Endpoint] = [
      endpoint(octets, ip.sourceAt, ip.addressLength, seg.sourcePort),
      endpoint(octets, ip.sourceAt + ip.addressLength, ip.addressLength, seg.destinationPort),
    ];
    const known = new Known(new Conversation(this.count++, slot, ends), this.#pair);
    known.next = this.#table.get(known.hash);
    this.#table.set(known.hash, known);
    this.#size++;
    this.#link(known);
    return known;
  }

  #link(known: Known): void {
    known.older = this.#newest;
    known.newer = undefined;
    if (this.#newest !== undefined) this.#newest.newer = known;
    this.#newest = known;
    this.#oldest ??= known;
  }

  #unlink(known: Known): void {
    if (known.newer === undefined) this.#newest = known.older;
    else known.newer.older = known.older;
    if (known.older === undefined) this.#oldest = known.newer;
    else known.older.newer = known.newer;
  }

  #refresh(known: Known): void {
    if (known === this.#newest) return;
    this.#unlink(known);
    this.#link(known);
  }

  /** Returns the slot that is free now. */
  #drop(known: Known): number {
    this.#unlink(known);
    const head = this.#table.get(known.hash);
    if (head === known) {
      if (known.next === undefined) this.#table.delete(known.hash);
      else this.#table.set(known.hash, known.next);
    } else {
      let before = head;
      while (before!.next !== known) before = before!.next;
      before!.next = known.next;
    }
    this.#size--;
    this.forgotten++;
    this.#forget(known.conversation);
    return known.conversation.slot;
  }

  /** Notes the sequence numbers the sides begin with; a SYN with another one than its side's begins a new conversation. */
  #rebase(known: Known, packet: CapturedPacket): void {
    const { base, isBased } = known;
    const { seg } = packet;
    const handshake = seg.flags & (SYN | ACK);
    if (isBased[packet.side] && seg.seq !== base[packet.side]) {
      if (handshake === SYN) this.#reuse(known, packet);
      else if (handshake === (SYN | ACK)) base[packet.side] = seg.seq;
    }
    const { side } = packet;
    if (!isBased[side]) {
      base[side] = seg.has(SYN) ? seg.seq : seqAdd(seg.seq, -1);
      isBased[side] = true;
    }
    const other = side === 0 ? 1 : 0;
    if (!isBased[other] && seg.has(ACK)) {
      base[other] = seqAdd(seg.ack, -1);
      isBased[other] = true;
    }
  }

  #reuse(known: Known, packet: CapturedPacket): void {
    const { conversation, isBased, first, second } = known;
    this.#forget(conversation);
    const [a, b] = conversation.ends;
    if (packet.side === 1) {
      known.first = second;
      known.second = first;
    }
    const ends: [Endpoint, Endpoint] = packet.side === 0 ? [a, b] : [b, a];
    known.conversation = new Conversation(this.count++, conversation.slot, ends, conversation.index);
    packet.side = 0;
    isBased[0] = false;
    isBased[1] = false;
  }
}

function endpoint(octets: Uint8Array, at: number, length: number, port: number): Endpoint {
  return { address: formatAddress(octets.subarray(at, at + length)), port };
}
