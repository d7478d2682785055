// What is looked at of the gallery: runs of several systems over one stretch of time, with the cursor that every view has.
import { type GalleryRun } from '../../../../sim/index.ts';
import { View } from './view.ts';

/** A run is played in so long at the most, if it can be, ns. */
const PLAYED_IN = 15e9;

/** Run time over wall time: a run of an hour is watched too. */
export const GALLERY_SPEEDS = [0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 360];

export class GalleryView extends View {
  #runs: readonly GalleryRun[] = [];

  override get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  override get beginNs(): number {
    return 0;
  }

  override get endNs(): number {
    return this.#runs.reduce((end, { ran }) => Math.max(end, ran), 0);
  }

  /** Shows them, and lets them be watched from the beginning, or shows where they ended. */
  showRuns(runs: readonly GalleryRun[], at: 'playing' | 'end'): void {
    this.#runs = runs;
    this.pause();
    this.fit();
    this.cursorNs = this.endNs;
    this.speed = GALLERY_SPEEDS.find((speed) => speed * PLAYED_IN >= this.endNs) ?? GALLERY_SPEEDS.at(-1)!;
    if (at === 'playing') this.play();
  }

  /** The last sample that is not after the cursor. */
  placeOf({ series: { time } }: GalleryRun): number {
    let low = 0;
    let high = time.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (time[middle]! <= this.cursorNs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Nothing here is live. */
  override follow(): void {}

  /** To the sample before or after the cursor. */
  step(way: 1 | -1): void {
    const longest = this.#runs.reduce((a, b) => (b.ran > a.ran ? b : a));
    const { time } = longest.series;
    const place = this.placeOf(longest);
    const from = way === -1 && time[place]! < this.cursorNs ? place : place + way;
    this.isPlaying = false;
    this.moveTo(time[Math.min(time.length - 1, Math.max(0, from))]!);
  }
}
