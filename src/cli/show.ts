// The status while transfers run, and the keys that go with it.
import { type Party } from './party.ts';
import { Keyboard, type Keys } from './keyboard.ts';
import { type Signals } from './signals.ts';
import { statusLine, statusLines, viewOf } from './status.ts';
import { type Talk } from './talk.ts';

/** A transfer to show. */
export interface Shown {
  party: Party;
  /** What travels, for people; '' for nothing in particular. */
  what: string;
  total: number | undefined;
}

export interface ShowOptions {
  talk: Talk;
  signals: Signals;
  /** Those that run at present. */
  shown: () => readonly Shown[];
  keys: Keys;
  /** What the keys do, in a line. */
  keyHelp: string;
}

/** Rates are measured, and a terminal's status is redrawn, so often; elsewhere every fifth time gives a line. */
const TICK_MS = 200;
const TICKS_A_LINE = 5;

export class Show {
  readonly #options: ShowOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #keyboard: Keyboard | undefined;
  #ticks = 0;

  /** `usesKeyboard` is false where standard input is something else's. */
  constructor(options: ShowOptions, usesKeyboard: boolean) {
    const { talk, signals, keys } = options;
    this.#options = options;
    this.#keyboard =
      usesKeyboard && Keyboard.isUsable(talk) ? new Keyboard(keys, signals.arrive, () => talk.erase()) : undefined;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#keyboard?.close();
    this.#options.talk.erase();
  }

  #tick(): void {
    const { talk } = this.#options;
    const shown = this.#options.shown();
    for (const { party } of shown) party.sample();
    this.#ticks++;
    if (shown.length === 0) {
      talk.erase();
      return;
    }
    if (talk.isLive) talk.draw(this.#live(shown));
    else if (this.#ticks % TICKS_A_LINE === 0) for (const one of shown) talk.say(this.#line(one, shown.length));
  }

  #live(shown: readonly Shown[]): string[] {
    const { canvas } = this.#options.talk;
    const lines =
      shown.length === 1
        ? shown.flatMap(({ party, what, total }) => statusLines(viewOf(party, what, total), canvas))
        : shown.map((one) => this.#line(one, shown.length));
    if (this.#keyboard !== undefined) lines.push(canvas.paint('dim', `  ${this.#options.keyHelp}`));
    return lines;
  }

  #line({ party, what, total }: Shown, count: number): string {
    const line = statusLine(viewOf(party, what, total));
    return count === 1 ? line : `${party.peer}  ${line}`;
  }
}
