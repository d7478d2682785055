// A proxy: takes a connection, opens another, and passes on what comes, one way, at the pace of whoever reads at the end.
import { type Connection, type Instant, NEVER } from '../src/tcp/index.ts';
import { type Application } from './session.ts';

/** What a relay needs of the host it runs on. */
export interface RelayHost {
  /** Opens the connection onward. */
  dial(application: Application): Connection;
  /** What the relay did to the other connection is to be polled. */
  wake(connection: Connection): void;
}

/** The application of the connection that comes in; it makes the one of the connection that goes out. */
export class Relay implements Application {
  readonly #host: RelayHost;
  #incoming: Connection | undefined;
  #outgoing: Connection | undefined;

  constructor(host: RelayHost) {
    this.#host = host;
  }

  serve(connection: Connection, now: Instant): Instant {
    this.#incoming = connection;
    this.#outgoing ??= this.#host.dial({ serve: (_outgoing, at) => this.#pass(at) });
    return this.#pass(now);
  }

  #pass(now: Instant): Instant {
    const [from, to] = [this.#incoming, this.#outgoing];
    if (from === undefined || to === undefined || to.state === 'CLOSED' || to.tcb.sendBuffer.isClosed) return NEVER;
    while (from.readable > 0 && !to.tcb.isWriteWaiting) {
      const octets = from.peek().slice(); // what is written is kept until it is acknowledged, and what was read is not
      from.consume(to.write(octets, now), now);
    }
    if (from.isPeerClosed && from.readable === 0 && to.state !== 'SYN-SENT') {
      to.close(now);
      from.close(now);
    }
    this.#host.wake(from);
    this.#host.wake(to);
    return NEVER;
  }
}
