// `sash watch`: a live feed, or a recording at its pace, at a glance in a terminal; a line a second where there is none.
import { existsSync } from 'node:fs';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, usage } from './faults.ts';
import { type Given } from './flag.ts';
import { Keyboard } from './keyboard.ts';
import { Output } from './output.ts';
import { Signals } from './signals.ts';
import { Talk } from './talk.ts';
import { type WatchedEnd } from './watch-end.ts';
import { logLine, type Scene, screen } from './watch-screen.ts';
import { feedAddress, LiveSource, ReplaySource, type WatchSource } from './watch-source.ts';

/** Milliseconds between two drawings, and between two samples of the sparklines; and lines elsewhere. */
const FRAME_MS = 100;
const SAMPLE_MS = 200;
const LINE_MS = 1_000;
const SAMPLES = 500;

export function declareWatch(y: Argv): Argv {
  return y
    .usage(
      `Shows a live run, or a recording, at a glance in a terminal.

  sash watch 9294                                   what runs here with --live
  sash watch 'http://192.0.2.1:9294/#token=…'       what runs elsewhere
  sash watch run.pcapng --speed 0.5                 a recording, at half its pace

Keys: space pause · right and left step in a file · q quit

Usage: sash watch URL|FILE`,
    )
    .positional('what', { type: 'string', describe: 'the address that --live printed, or a recording' })
    .option('speed', {
      type: 'string',
      requiresArg: true,
      describe: 'N or max: of a recording',
      defaultDescription: '1',
    })
    .option('token', {
      type: 'string',
      requiresArg: true,
      describe: 'TOKEN: of a feed that wants one, if not in its address',
    });
}

/** @throws Fault */
export async function watch(argv: Given): Promise<ExitCode> {
  const { what } = argv;
  if (typeof what !== 'string') throw usage('watch what? Give the address that --live printed, or a recording');
  const isFile = !what.includes('://') && (existsSync(what) || /\.(?:pcapng|pcap|cap|gz)$/.test(what));
  const speed = speedOf(argv['speed']);
  if (isFile) return new Watch(await ReplaySource.open(what, speed === undefined ? 1 : speed)).run();
  if (argv['speed'] !== undefined) throw usage('--speed is for recordings: a live run has its own');
  const token = typeof argv['token'] === 'string' ? argv['token'] : undefined;
  return new Watch(new LiveSource(feedAddress(what, token))).run();
}

class Watch {
  readonly #source: WatchSource;
  readonly #talk = new Talk({ isQuiet: false, output: process.stdout });
  readonly #output = new Output();
  readonly #series = new Map<WatchedEnd, { windows: number[]; rates: number[]; octets: number; atNs: number }>();
  readonly #isUnicode = /utf-?8/i.test(process.env['LC_ALL'] ?? process.env['LC_CTYPE'] ?? process.env['LANG'] ?? '');
  #isDone = false;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  async run(): Promise<ExitCode> {
    const quit = (): void => void (this.#isDone = true);
    const signals = new Signals({ interrupt: quit, interruptAtOnce: quit });
    const keyboard = this.#talk.isLive && Keyboard.isUsable(this.#talk) ? this.#keys(signals, quit) : undefined;
    if (this.#talk.isLive) process.stdout.write('\u001B[?1049h\u001B[?25l');
    try {
      await this.#loop(keyboard !== undefined);
    } finally {
      if (this.#talk.isLive) process.stdout.write('\u001B[?25h\u001B[?1049l');
      keyboard?.close();
      signals.close();
      this.#source.close();
    }
    if (this.#talk.isLive) process.stdout.write(`${logLine(this.#scene())}\n`);
    return signals.wereThereAny ? EXIT.interrupted : EXIT.done;
  }

  /** On a terminal the end stays to be looked at, where there is a key to leave it. */
  async #loop(hasKeys: boolean): Promise<void> {
    const { isLive } = this.#talk;
    let [sampledMs, saidMs, saidEvents] = [-Infinity, -Infinity, 0];
    while (!this.#isDone) {
      this.#source.update();
      const now = performance.now();
      if (now - sampledMs >= SAMPLE_MS) {
        sampledMs = now;
        this.#sample();
      }
      const isEnd = this.#source.isOver;
      if (isLive) this.#draw();
      else if (now - saidMs >= LINE_MS || isEnd) {
        saidMs = now;
        const { events, total } = this.#source;
        const news = Math.max(0, total - saidEvents);
        for (const line of news === 0 ? [] : events.slice(-news)) this.#output.line(`      ${line}`);
        saidEvents = total;
        this.#output.line(logLine(this.#scene()));
        if ((await this.#output.flush()) === 'stop') return;
      }
      if (isEnd && !hasKeys) return;
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    }
  }

  #draw(): void {
    const rows = process.stdout.rows ?? 24;
    const lines = screen(this.#scene(), this.#talk.canvas, rows, this.#isUnicode);
    const { columns } = this.#talk.canvas;
    const text = lines.slice(0, rows).map((line) => `${cut(line, columns - 1)}\u001B[K`);
    process.stdout.write(`\u001B[H${text.join('\r\n')}\u001B[J`);
  }

  #scene(): Scene {
    const { title, nowNs, mode, events, note, ends } = this.#source;
    const shown = [...ends].map((end) => ({ end, windows: [], rates: [], ...this.#series.get(end) }));
    return { title, nowNs, mode, ends: shown, events, note, keys: 'space pause · ← → step in a file · q quit' };
  }

  #sample(): void {
    const { ends, nowNs } = this.#source;
    for (const end of ends) {
      const octets = end.role === 'sender' ? end.acknowledged : end.read;
      const series = this.#series.get(end) ?? { windows: [], rates: [], octets, atNs: nowNs };
      const passed = (nowNs - series.atNs) / 1e9;
      series.windows.push(end.role === 'sender' ? end.window : end.unread);
      series.rates.push(passed > 0 ? Math.max(0, (octets - series.octets) / passed) : 0);
      if (series.windows.length > SAMPLES) {
        series.windows.shift();
        series.rates.shift();
      }
      this.#series.set(end, Object.assign(series, { octets, atNs: nowNs }));
    }
  }

  #keys(signals: Signals, quit: () => void): Keyboard {
    const keys = {
      q: quit,
      ' ': () => this.#source.pauseOrResume(),
      // An arrow is three characters, of which the last tells which.
      C: () => this.#source.step(1),
      D: () => this.#source.step(-1),
    };
    return new Keyboard(keys, signals.arrive, () => {});
  }
}

/** The first `columns` characters that show. */
function cut(line: string, columns: number): string {
  let shown = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\u001B') {
      at = line.indexOf('m', at);
      continue;
    }
    if (++shown > columns) return `${line.slice(0, at)}\u001B[0m`;
  }
  return line;
}

/** Undefined where it was not given; null is at once. @throws Fault */
function speedOf(given: unknown): number | null | undefined {
  if (given === undefined) return undefined;
  if (given === 'max') return null;
  const speed = typeof given === 'string' && /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : NaN;
  if (speed > 0 && speed <= 1e6) return speed;
  throw usage('--speed: write a number, as in 2 or 0.5, or max');
}
