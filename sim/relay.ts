// Proxies: one takes a connection, opens another, and passes on what comes, one way. How far the reader at the end holds the
// writer at the beginning back is what tells the two kinds apart.
import { type Connection, type Instant, NEVER } from '../src/tcp/index.ts';
import { type Application } from './session.ts';

/** What a relay needs of the host it runs on. */
export interface RelayHost {
  /** Opens the connection onward. */
  dial(application: Application): Connection;
  /** What the relay did to the other connection is to be polled. */
  wake(connection: Connection): void;
}

/**
 * `splice` reads whatever comes and writes it on, as proxies do: a window of its own on either side, and its buffers between
 * them. `end-to-end` reads an octet only when the far reader has made room for one a whole receive buffer further on, so that
 * the window it offers is the far one's, and what it holds is on the far side too, or on its way there.
 */
export type RelayMode = 'splice' | 'end-to-end';

/** The application of the connection that comes in; it makes the one of the connection that goes out. */
export class Relay implements Application {
  readonly #host: RelayHost;
  readonly #mode: RelayMode;
  #incoming: Connection | undefined;
  #outgoing: Connection | undefined;
  /** Octets passed on, and of them those that were read where they came in. */
  #passed = 0;
  #read = 0;

  constructor(host: RelayHost, mode: RelayMode) {
    this.#host = host;
    this.#mode = mode;
  }

  serve(connection: Connection, now: Instant): Instant {
    this.#incoming = connection;
    // That the far window has moved is no news to an application, but here it moves the near one.
    const hearsAll = this.#mode === 'end-to-end';
    this.#outgoing ??= this.#host.dial({ hearsAll, serve: (_outgoing, at) => this.#relay(at) });
    return this.#relay(now);
  }

  #relay(now: Instant): Instant {
    const [from, to] = [this.#incoming, this.#outgoing];
    if (from === undefined || to === undefined || to.state === 'CLOSED' || to.tcb.sendBuffer.isClosed) return NEVER;
    for (let moved = true; moved;) {
      moved = this.#passOn(from, to, now);
      moved = this.#consume(from, to, now) || moved;
    }
    if (from.isPeerClosed && from.readable === this.#passed - this.#read && to.state !== 'SYN-SENT') {
      to.close(now);
      from.close(now);
    }
    this.#host.wake(from);
    this.#host.wake(to);
    return NEVER;
  }

  #passOn(from: Connection, to: Connection, now: Instant): boolean {
    const ahead = this.#passed - this.#read;
    if (from.contiguous <= ahead || to.tcb.isWriteWaiting) return false;
    const octets = from.peek().slice(ahead); // what is written is kept until it is acknowledged, and what was read is not
    const accepted = to.write(octets, now);
    this.#passed += accepted;
    return accepted > 0;
  }

  #consume(from: Connection, to: Connection, now: Instant): boolean {
    const count = Math.min(this.#passed - this.#read, this.#mode === 'splice' ? Infinity : this.#roomBeyond(from, to));
    if (count <= 0) return false;
    this.#read += count;
    from.consume(count, now);
    return true;
  }

  /** By how many octets the far edge lies beyond the near one. */
  #roomBeyond(from: Connection, to: Connection): number {
    if (to.state === 'SYN-SENT') return 0;
    const { snd } = to.tcb;
    const farEdge = this.#passed - snd.unsent + snd.usable;
    return farEdge - (this.#read + from.tcb.receiveBuffer.capacity);
  }
}
