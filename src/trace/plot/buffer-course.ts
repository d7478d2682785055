// The receive buffer over time, by the receiver's records: exact at each offer and each read, and in between octets that
// arrive in order fill it.
import { type WindowOffered } from '../vocabulary.ts';
import { type Rows } from './rows.ts';
import { type View } from './view.ts';

export class BufferCourse {
  /** Octets held out of order. */
  held = 0;
  #capacity = 0;
  #unread = 0;
  #offered = 0;
  /** After the last octet that arrived in order; undefined before the first. */
  #next: number | undefined = undefined;

  /** @param capacityOctets RCV.BUFF in the beginning, as far as the recording's configuration says it */
  begins(capacityOctets: number): void {
    this.#capacity = capacityOctets;
  }

  /** All before `next` has arrived. */
  arrives(next: number): void {
    const count = next - (this.#next ?? next);
    this.#next = Math.max(this.#next ?? next, next);
    if (count > 0) this.#unread = Math.min(this.#capacity, this.#unread + count);
  }

  /** So many octets may still come before the furthest edge that was promised. */
  promises(octets: number): void {
    this.#offered = Math.max(0, octets);
  }

  offers({ capacityOctets, roomOctets }: WindowOffered): void {
    this.#capacity = capacityOctets;
    this.#unread = capacityOctets - roomOctets;
  }

  reads(unreadOctets: number): void {
    this.#unread = unreadOctets;
  }

  tell(view: View, rows: Rows, atNs: number): void {
    if (this.#capacity === 0 || !view.has(atNs)) return;
    const offered = Math.min(this.#offered, this.#capacity - this.#unread);
    const held = Math.min(this.held, offered);
    rows.push(atNs, this.#unread, offered, this.#capacity - this.#unread - offered, held);
  }
}
