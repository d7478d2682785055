// The octets of IP and TCP headers as they stood in a file, one after another in one buffer, by packet number; bounded.
// Those there is no room for are laid out anew from the segment's fields when somebody looks.

export interface HeaderOctets {
  octets: Uint8Array;
  /** Where the TCP header begins. */
  tcpAt: number;
}

export class Headers {
  #octets = new Uint8Array(0);
  #used = 0;
  readonly #limit: number;
  /** Place, length and where TCP begins, of each packet. */
  readonly #places = new Map<number, [number, number, number]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  keep(packet: number, from: Uint8Array, ipAt: number, tcpAt: number, endAt: number): void {
    const length = Math.max(0, endAt - ipAt);
    if (this.#used + length > this.#limit) return;
    if (this.#used + length > this.#octets.length) {
      const wider = new Uint8Array(Math.min(this.#limit, Math.max(65_536, 2 * (this.#used + length))));
      wider.set(this.#octets.subarray(0, this.#used));
      this.#octets = wider;
    }
    this.#octets.set(from.subarray(ipAt, ipAt + length), this.#used);
    this.#places.set(packet, [this.#used, length, tcpAt - ipAt]);
    this.#used += length;
  }

  of(packet: number): HeaderOctets | undefined {
    const place = this.#places.get(packet);
    if (place === undefined) return undefined;
    const [at, length, tcpAt] = place;
    return { octets: this.#octets.subarray(at, at + length), tcpAt };
  }
}
