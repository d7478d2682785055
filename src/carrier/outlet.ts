// The way out: segments are laid into slabs, frame after frame, and a slab is one write. Slabs are shared by all carriers of
// the process; an idle one holds none. Text is copied once, from where the application wrote it into the slab.
//
// A slab may be filled again when the kernel has its octets: at once where `write` could hand over everything, which
// `writableLength` tells (the return value of `write` does not: it compares the chunk with the high-water mark), else
// when its callback comes.
import { type Socket } from 'node:net';
import { type Segment } from '../tcp/index.ts';
import { CARRIER_PSEUDO, encodeSegment, fillChecksum, FRAME_HEADER, MAX_HEADER, segmentLength } from '../wire/index.ts';

/** Octets of a slab: large writes are what makes a stream fast, and all slabs together should stay in the cache. */
const SLAB = 131_072;
/** Slabs one carrier may have waiting for the kernel; then it is blocked. */
const MOST_WAITING = 8;
/** Slabs kept for later use. */
const MOST_SPARE = 16;

const spares: Buffer[] = [];

interface Waiting {
  slab: Buffer;
  /** How many writes must have been completed. */
  write: number;
}

export class Outlet {
  readonly #socket: Socket;
  readonly #drained: () => void;
  readonly #fillsChecksums: boolean;
  #slab: Buffer | undefined;
  #used = 0;
  #waiting: Waiting[] = [];
  #writes = 0;
  #completed = 0;

  /** `drained` is called when the kernel has taken something for which it had let us wait. */
  constructor(socket: Socket, drained: () => void, fillsChecksums: boolean) {
    this.#socket = socket;
    this.#fillsChecksums = fillsChecksums;
    this.#drained = drained;
  }

  /** The kernel takes no more for now: nothing may be laid until `drained`. */
  get isBlocked(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

  /** Nothing is laid that the kernel does not have. */
  get isEmpty(): boolean {
    return this.#used === 0 && this.#waiting.length === 0;
  }

  /** Lays down octets as they are: the preface. */
  layOctets(octets: Uint8Array): void {
    const slab = this.#room(octets.length);
    slab.set(octets, this.#used);
    this.#used += octets.length;
  }

  /** Lays down a frame. */
  lay(seg: Segment): void {
    const slab = this.#room(FRAME_HEADER + MAX_HEADER + seg.textLength);
    const at = this.#used;
    const length = encodeSegment(seg, slab, at + FRAME_HEADER);
    slab[at] = length >>> 8;
    slab[at + 1] = length & 0xff;
    if (this.#fillsChecksums) fillChecksum(CARRIER_PSEUDO, slab, at + FRAME_HEADER, length);
    this.#used = at + FRAME_HEADER + length;
  }

  /** The same, damaged: `bit` tells which of so many bits is flipped, or none where it is negative. */
  layDamaged(seg: Segment, bit: (bits: number) => number): void {
    this.lay(seg);
    const length = segmentLength(seg);
    const flipped = bit(8 * length);
    if (flipped >= 0) this.#slab![this.#used - length + (flipped >>> 3)]! ^= 0x80 >>> (flipped & 7);
  }

  /** Writes what is laid, in one write; while earlier writes wait for the kernel, what is laid waits with them. */
  flush(): void {
    if (this.#used > 0 && this.#waiting.length === 0) this.#write();
    if (this.#used > 0 || this.#slab === undefined) return;
    giveBack(this.#slab);
    this.#slab = undefined;
  }

  /** Forgets everything: the socket is gone. Slabs that the kernel may still read from are left to the collector. */
  discard(): void {
    this.#waiting = [];
    this.#slab = undefined;
    this.#used = 0;
  }

  #room(length: number): Buffer {
    if (this.#slab !== undefined && this.#used + length > SLAB) this.#write();
    this.#slab ??= spares.pop() ?? Buffer.allocUnsafeSlow(SLAB);
    return this.#slab;
  }

  #write(): void {
    const slab = this.#slab!;
    const octets = this.#used === SLAB ? slab : slab.subarray(0, this.#used);
    this.#used = 0;
    this.#writes++;
    this.#socket.write(octets, this.#written);
    if (this.#socket.writableLength === 0) {
      this.#free(this.#writes);
      return;
    }
    this.#waiting.push({ slab, write: this.#writes });
    this.#slab = undefined;
  }

  readonly #written = (error?: Error | null): void => {
    if (error) return; // 'error' and 'close' follow
    this.#completed++;
    if (this.#waiting.length === 0 || this.#waiting[0]!.write > this.#completed) return;
    this.#free(this.#completed);
    if (this.#waiting.length === 0) this.flush();
    this.#drained();
  };

  #free(completed: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.write <= completed) giveBack(this.#waiting.shift()!.slab);
  }
}

function giveBack(slab: Buffer): void {
  if (spares.length < MOST_SPARE) spares.push(slab);
}
