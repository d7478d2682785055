// From the receive buffer to whoever reads the stream. Octets are taken only for a reader who wants them: all there are for
// one who listens, else no more than fill the stream up to its high-water mark. The rest stays in the receive buffer, so
// that the window closes: that is the whole point.
import { type Duplex } from 'node:stream';
import { type Line } from './line.ts';
import { type OnReadOptions } from './options.ts';

/**
 * At most so many octets in one 'data' event; the next come a turn later. That is one read of the carrier: with libuv's
 * 65,536 a reader who could keep up would fall behind, and the window would close for no fault of his.
 */
const MOST = 262_144;

export class Incoming {
  readonly #stream: Duplex;
  readonly #onread: OnReadOptions | undefined;
  /** The buffer for `onread`. */
  #own: Uint8Array | undefined;
  #stage: 'idle' | 'reading' | 'ended' = 'idle';

  constructor(stream: Duplex, onread: OnReadOptions | undefined) {
    this.#stream = stream;
    if (onread === undefined || typeof onread.callback !== 'function') return;
    const { buffer } = onread;
    if (typeof buffer !== 'function' && !(buffer instanceof Uint8Array)) return;
    this.#onread = onread;
    this.#own = typeof buffer === 'function' ? buffer() : buffer;
  }

  /** The stream wants octets: it asked, and has not had enough since. */
  get isReading(): boolean {
    return this.#stage === 'reading';
  }

  /** The stream asks; says whether that is news. */
  start(): boolean {
    if (this.#stage !== 'idle') return false;
    this.#stage = 'reading';
    return true;
  }

  stop(): void {
    if (this.#stage === 'reading') this.#stage = 'idle';
  }

  /** The socket connects again. */
  renew(): void {
    this.#stage = 'idle';
  }

  /** Octets go to the user's own buffer, past the stream. */
  get isOwnBuffer(): boolean {
    return this.#own !== undefined;
  }

  /** One delivery: octets, else the end. Says whether there was anything to deliver. */
  deliver(line: Line): boolean {
    if (line.readable > 0) {
      const wantsMore = this.#own === undefined ? this.#push(line) : this.#fill(line, this.#own);
      if (!wantsMore) this.stop();
      return true;
    }
    if (!line.isPeerClosed) return false;
    this.#stage = 'ended';
    this.#stream.push(null);
    this.#stream.read(0); // else nobody who only waits for 'end' would see it
    return true;
  }

  #push(line: Line): boolean {
    const stream = this.#stream;
    const isListening = stream.readableFlowing === true && stream.readableLength === 0;
    const room = stream.readableHighWaterMark - stream.readableLength;
    const wanted = isListening || room <= 0 ? MOST : Math.min(room, MOST);
    const octets = Buffer.allocUnsafe(Math.min(wanted, line.readable));
    const count = line.take(octets); // fewer where urgent data ends
    return stream.push(count === octets.length ? octets : octets.subarray(0, count));
  }

  #fill(line: Line, own: Uint8Array): boolean {
    const onread = this.#onread!;
    const count = line.take(own);
    const isContent = onread.callback(count, own) !== false;
    if (typeof onread.buffer === 'function') this.#own = onread.buffer();
    return isContent;
  }
}
