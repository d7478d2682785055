// What `_write` and `_writev` were given and the send buffer has not taken yet. A connection keeps views of what is written
// to it, but a stream's callback says that the writer may use its buffer again: so octets are copied here, each once, at the
// moment the send buffer has room for them. What waits for room is not copied: its writer has not been called back.
import { type Line } from './line.ts';
import { Loans, PIECE } from './loans.ts';

type Written = (error?: Error | null) => void;

export class Outgoing {
  #chunks: readonly Uint8Array[] = [];
  /** Which chunk is next, and how much of it is gone. */
  #next = 0;
  #gone = 0;
  #left = 0;
  #written: Written | undefined;
  #loans = new Loans();
  /** Which chunks are urgent; nothing until there is one. */
  #urgent: WeakSet<Uint8Array> | undefined;

  /** A write waits for room, or for the connection. */
  get isPending(): boolean {
    return this.#written !== undefined;
  }

  /** This chunk, which is yet to be written, is urgent. */
  urge(chunk: Uint8Array): void {
    this.#urgent ??= new WeakSet();
    this.#urgent.add(chunk);
  }

  /** Takes on one write; streams give one at a time. `written` is called when the last octet has found room. */
  begin(chunks: readonly Uint8Array[], octets: number, written: Written): void {
    this.#chunks = chunks;
    this.#next = 0;
    this.#gone = 0;
    this.#left = octets;
    this.#written = written;
  }

  /** The socket connects again: what it lent to its last connection is that one's. */
  renew(): void {
    this.#loans = new Loans();
  }

  /** Hands over what there is room for; says whether that was anything. Calls back if it was all. */
  advance(line: Line): boolean {
    const before = this.#left;
    let room = line.sendRoom;
    while (this.#left > 0 && room > 0) {
      const isUrgent = this.#urgent !== undefined && this.#isUrgent(this.#urgent);
      const most = Math.min(room, this.#urgent === undefined ? this.#left : this.#waiting().length, PIECE);
      const piece = this.#copy(this.#loans.take(most, line.octetsAcknowledged));
      if (isUrgent) line.writeUrgent(piece);
      else line.write(piece);
      room -= piece.length;
    }
    // To be refused is what makes the connection tell when there is room again.
    if (this.#left > 0) line.write(this.#waiting());
    else this.settle(null);
    return this.#left < before;
  }

  /** Calls back; null for success. */
  settle(error: Error | null): void {
    const written = this.#written;
    this.#written = undefined;
    this.#chunks = [];
    written?.(error);
  }

  /** Once anything was urgent chunks are written one by one: the pointer must stand after the last urgent octet. */
  #isUrgent(urgent: WeakSet<Uint8Array>): boolean {
    this.#waiting(); // steps over what is gone
    return urgent.has(this.#chunks[this.#next]!);
  }

  /** Fills `piece` with the next octets. */
  #copy(piece: Uint8Array): Uint8Array {
    let filled = 0;
    while (filled < piece.length) {
      const rest = this.#waiting();
      const taken = Math.min(rest.length, piece.length - filled);
      piece.set(taken === rest.length ? rest : rest.subarray(0, taken), filled);
      filled += taken;
      this.#gone += taken;
    }
    this.#left -= piece.length;
    return piece;
  }

  /** What is left of the first chunk that is not empty. */
  #waiting(): Uint8Array {
    let chunk = this.#chunks[this.#next]!;
    while (this.#gone === chunk.length) {
      this.#gone = 0;
      chunk = this.#chunks[++this.#next]!;
    }
    return this.#gone === 0 ? chunk : chunk.subarray(this.#gone);
  }
}
