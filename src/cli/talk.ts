// What is said to people, all of it on standard error: messages, and a status. On a terminal the status is redrawn in place;
// elsewhere it is a line once a second. `--quiet` leaves what goes wrong; NO_COLOR and TERM=dumb are honoured.
import { type WriteStream } from 'node:tty';

export type Paint = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

const SGR: Readonly<Record<Paint, string>> = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  cyan: '36',
};

export type Painter = (paint: Paint, text: string) => string;

/** What a status is drawn with. */
export interface Canvas {
  columns: number;
  paint: Painter;
}

/** Somewhere to write; a `tty.WriteStream` where it is a terminal. */
export type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

export interface TalkOptions {
  isQuiet: boolean;
  output?: Output;
  environment?: NodeJS.ProcessEnv;
}

export class Talk {
  readonly isQuiet: boolean;
  /** A status can be redrawn in place. */
  readonly isLive: boolean;
  readonly #output: Output;
  readonly #isColored: boolean;
  /** Lines of the status that stand on the terminal. */
  #drawn = 0;

  constructor({ isQuiet, output = process.stderr, environment = process.env }: TalkOptions) {
    this.isQuiet = isQuiet;
    this.#output = output;
    this.isLive = !isQuiet && output.isTTY === true && environment.TERM !== 'dumb';
    this.#isColored = this.isLive && (environment.NO_COLOR ?? '') === '';
  }

  get canvas(): Canvas {
    return { columns: Math.max(20, this.#output.columns ?? 80), paint: this.paint };
  }

  /** Columns of text that will not wrap; Infinity where that does not matter. */
  get width(): number {
    return this.isLive ? this.canvas.columns - 1 : Infinity;
  }

  readonly paint: Painter = (paint, text) => (this.#isColored ? `\u001B[${SGR[paint]}m${text}\u001B[0m` : text);

  /** A message; may hold several lines. */
  say(text: string): void {
    if (!this.isQuiet) this.#print(text);
  }

  /** A message that `--quiet` does not hold back. */
  complain(text: string): void {
    this.#print(`${this.paint('red', 'sash:')} ${text}`);
  }

  /** Draws the status over the last one. Lines longer than the terminal is wide are cut, lest they wrap. */
  draw(lines: readonly string[]): void {
    if (!this.isLive) return;
    const { columns } = this.canvas;
    this.#output.write(`${this.#erasing}${lines.map((line) => `${cut(line, columns - 1)}\n`).join('')}`);
    this.#drawn = lines.length;
  }

  /** Takes the status away. */
  erase(): void {
    if (this.#drawn === 0) return;
    this.#output.write(this.#erasing);
    this.#drawn = 0;
  }

  get #erasing(): string {
    return this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A\r\u001B[J`;
  }

  #print(text: string): void {
    this.erase();
    this.#output.write(`${text}\n`);
  }
}

/** The first `columns` characters that show; escape sequences do not count. */
function cut(line: string, columns: number): string {
  let shown = 0;
  let at = 0;
  while (at < line.length) {
    const escape = line[at] === '\u001B' ? line.indexOf('m', at) : -1;
    if (escape >= 0) {
      at = escape + 1;
      continue;
    }
    if (shown === columns) return `${line.slice(0, at)}${line.includes('\u001B') ? '\u001B[0m' : ''}`;
    shown++;
    at++;
  }
  return line;
}
