// Where a recording is written: memory in slabs of 64 KiB, handed over one by one as they fill.

export const SLAB = 65_536;

/**
 * Takes what was recorded. The octets are the taker's: the recording does not touch them again, unless they are given
 * back with `recycle` once they are written.
 */
export type Sink = (octets: Uint8Array) => void;

export class SlabWriter {
  /** Octets recorded so far, handed over or not. */
  total = 0;
  octets = new Uint8Array(SLAB);
  view = new DataView(this.octets.buffer);
  at = 0;
  readonly #sink: Sink;
  readonly #free: ArrayBuffer[] = [];

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Makes sure that `count` octets fit: a slab is left when what comes next does not fit it any more. */
  reserve(count: number): void {
    if (this.at + count <= this.octets.length) return;
    this.flush();
    if (count > this.octets.length) this.#take(new ArrayBuffer(count));
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.at === 0) return;
    const full = this.octets.subarray(0, this.at);
    this.total += this.at;
    this.#take(this.#free.pop() ?? new ArrayBuffer(SLAB));
    this.#sink(full);
  }

  /** Octets of a slab that are not needed any more. Others than slabs' are left to the garbage collector. */
  recycle(octets: Uint8Array): void {
    const { buffer } = octets;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === SLAB) this.#free.push(buffer);
  }

  uint8(value: number): void {
    this.octets[this.at++] = value;
  }

  uint16(value: number): void {
    this.view.setUint16(this.at, value, true);
    this.at += 2;
  }

  uint32(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  float64(value: number): void {
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** A slab is used again and again, so padding is stored, not assumed. */
  pad(): void {
    while ((this.at & 3) !== 0) this.octets[this.at++] = 0;
  }

  bytes(octets: Uint8Array): void {
    this.octets.set(octets, this.at);
    this.at += octets.length;
  }

  #take(buffer: ArrayBuffer): void {
    this.octets = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.at = 0;
  }
}
