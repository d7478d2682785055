// Round-trip times from what left and what acknowledged it: one octet is timed at once, none that was sent again (Karn), and
// smoothed as RFC 6298 §2 has it.
import { type RowTable } from './rows.ts';

export class RoundTrips {
  readonly #rows: RowTable;
  #end = -1;
  #since = 0;

  constructor(rows: RowTable) {
    this.#rows = rows;
  }

  /** New octets up to `end` leave. */
  begin(end: number, at: number): void {
    if (this.#end >= 0) return;
    this.#end = end;
    this.#since = at;
  }

  /** Something leaves again: an acknowledgment now would be of nobody knows which. */
  spoil(): void {
    this.#end = -1;
  }

  /** Octets up to `ack` are acknowledged. `isSmoothed`: somebody else tells what follows from the sample. */
  end(ack: number, at: number, row: number, isSmoothed: boolean): void {
    if (this.#end < 0 || ack < this.#end) return;
    this.#end = -1;
    const sample = at - this.#since;
    const { column } = this.#rows;
    column.rtt[row] = sample;
    if (isSmoothed) return;
    const srtt = column.srtt[row]!;
    const isFirst = Number.isNaN(srtt);
    column.rttvar[row] = isFirst ? sample / 2 : 0.75 * column.rttvar[row]! + 0.25 * Math.abs(srtt - sample);
    column.srtt[row] = isFirst ? sample : 0.875 * srtt + 0.125 * sample;
  }
}
