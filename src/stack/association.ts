// A connection behind an endpoint: between which ends it runs, and its places in the endpoint's queues.
import { type Connection, type Instant, NEVER } from '../tcp/index.ts';
import { type Timed } from './deadlines.ts';
import { type PortListener } from './endpoint.ts';
import { type Flow } from './isn.ts';

export class Association implements Timed {
  readonly connection: Connection;
  readonly flow: Readonly<Flow>;
  /** The listener whose SYN it came from, or undefined for one that was opened actively. */
  readonly listener: PortListener | undefined;
  /** In SYN-RECEIVED on behalf of a listener: it counts against the backlog, and nobody has heard of it yet. */
  isPending: boolean;
  /** May have segments to send. */
  isReady = false;
  /** May have events that are not told yet. */
  hasNews = false;
  /** The incarnation in TIME-WAIT whose place it has taken, until it is established. */
  predecessor: Association | undefined = undefined;
  deadline: Instant = NEVER;
  place = -1;

  constructor(connection: Connection, flow: Flow, listener: PortListener | undefined) {
    this.connection = connection;
    this.flow = flow;
    this.listener = listener;
    this.isPending = listener !== undefined;
  }
}
