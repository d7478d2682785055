// Cuts a file that comes in chunks of any size into the pieces it consists of (blocks, records), each of which says near its
// beginning how long it is. At most one piece is held; a piece that lies whole within a chunk is not copied.

export type FramingFault =
  | 'not-a-capture' // it begins like neither pcapng nor pcap
  | 'pcapng-version' // a major version other than 1
  | 'pcap-version' // other than 2
  | 'block-length' // a length that no block has, or two that differ
  | 'block-too-long' // over 16 MiB: nothing we read has such blocks
  | 'packet-too-long' // of a pcap file: over the 256 KiB that Wireshark takes
  | 'truncated'; // the file ends within a block, or within a packet

export abstract class PieceReader {
  /** Why there is no reading on: where the lengths are broken, nothing tells where the next piece begins. */
  fault: FramingFault | undefined = undefined;
  /** Octets of whole pieces read. */
  octets = 0;
  protected chunk: Uint8Array = new Uint8Array(0);
  protected view: DataView = new DataView(this.chunk.buffer);
  /** Octets at the beginning of a piece that tell how long it is. */
  protected headOctets: number;
  /** A piece of which not all has come. */
  #held: Uint8Array<ArrayBuffer>;
  #heldLength = 0;

  constructor(headOctets: number) {
    this.headOctets = headOctets;
    this.#held = new Uint8Array(headOctets);
  }

  /** How long the piece at `chunk[at]` says it is; 0 if it cannot be: then `fault` says why. */
  protected abstract lengthOf(at: number): number;

  /** A whole piece, of `length` octets, lies at `chunk[at]`. */
  protected abstract take(at: number, length: number): void;

  /** Octets of a piece that has begun. */
  get pending(): number {
    return this.#heldLength;
  }

  push(chunk: Uint8Array): void {
    this.#look(chunk);
    let at = 0;
    while (at < chunk.length && this.fault === undefined) {
      if (this.#heldLength > 0) {
        at += this.#collect(chunk, at);
        if (this.#heldLength === 0) this.#look(chunk);
        continue;
      }
      const left = chunk.length - at;
      const length = left < this.headOctets ? left + 1 : this.lengthOf(at);
      if (this.fault !== undefined) return;
      if (length > left) {
        this.#hold(chunk, at, length);
        return;
      }
      this.#deliver(at, length);
      at += length;
    }
  }

  /** There is no more: was that the end of a piece? */
  end(): void {
    if (this.fault === undefined && this.#heldLength > 0) this.fault = 'truncated';
  }

  protected fail(fault: FramingFault): number {
    this.fault = fault;
    return 0;
  }

  #look(octets: Uint8Array): void {
    this.chunk = octets;
    this.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  }

  #deliver(at: number, length: number): void {
    this.octets += length;
    this.take(at, length);
  }

  /** Keeps what there is of a piece; its length may not be known yet. */
  #hold(chunk: Uint8Array, at: number, length: number): void {
    if (this.#held.length < length) this.#held = new Uint8Array(length);
    this.#held.set(chunk.subarray(at), 0);
    this.#heldLength = chunk.length - at;
  }

  /** Adds to the piece that is held, and delivers it once it is whole. Returns how many octets were taken. */
  #collect(chunk: Uint8Array, at: number): number {
    const taken = this.#fill(chunk, at, this.headOctets);
    if (this.#heldLength < this.headOctets) return taken;
    this.#look(this.#held);
    const length = this.lengthOf(0);
    if (this.fault !== undefined) return taken;
    const more = this.#fill(chunk, at + taken, length);
    if (this.#heldLength < length) return taken + more;
    this.#look(this.#held);
    this.#heldLength = 0;
    this.#deliver(0, length);
    return taken + more;
  }

  #fill(chunk: Uint8Array, at: number, length: number): number {
    const count = Math.min(chunk.length - at, length - this.#heldLength);
    if (count <= 0) return 0;
    if (this.#held.length < length) {
      const larger = new Uint8Array(length);
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(at, at + count), this.#heldLength);
    this.#heldLength += count;
    return count;
  }
}
