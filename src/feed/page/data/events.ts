// Happenings worth a line of their own: what changes who waits for whom. Bounded: the oldest go first, and are counted.
import { type Happening, type SegmentPasses } from '../../../trace/index.ts';

export type Other = Exclude<Happening, SegmentPasses>;

export interface PageEvent {
  at: number;
  happening: Other;
}

const MOST_EVENTS = 50_000;

export class EventList {
  readonly list: PageEvent[] = [];
  dropped = 0;

  add(event: PageEvent): void {
    this.list.push(event);
    if (this.list.length <= MOST_EVENTS) return;
    this.dropped += this.list.splice(0, MOST_EVENTS >>> 2).length;
  }

  /** The place of the first event after an instant. */
  after(at: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.list[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
