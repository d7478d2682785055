// One end of a connection through time: a row for each instant at which something changed, a column for each variable. The
// state at any moment is the last row before it, so that rewinding is a search and a plot is a column.
import {
  OFFERINGS,
  type Offering,
  SILENCE_REASONS,
  type SilenceReason,
  type State,
  STATES,
} from '../../../tcp/index.ts';
import { Table } from './table.ts';

export const MOST_ROWS = 250_000;

const KINDS = {
  /** ns since the run began. */
  at: 'float64',
  // Sequence numbers from the ISNs on; NaN where nothing is known.
  una: 'float64',
  nxt: 'float64',
  max: 'float64',
  wnd: 'float64',
  rcvNxt: 'float64',
  /** The furthest right edge offered to the peer, and the window last offered. */
  rcvEdge: 'float64',
  rcvWnd: 'float64',
  // Octets.
  cwnd: 'float64',
  ssthresh: 'float64',
  unsent: 'float64',
  sendCapacity: 'float64',
  unread: 'float64',
  capacity: 'float64',
  outOfOrder: 'float64',
  mss: 'float64',
  /** Octets the application has read. */
  read: 'float64',
  // ns.
  rtt: 'float64',
  srtt: 'float64',
  rttvar: 'float64',
  rto: 'float64',
  // Deadlines; NaN where a timer does not run.
  retransmission: 'float64',
  persist: 'float64',
  delayedAck: 'float64',
  override: 'float64',
  keepalive: 'float64',
  userTimeout: 'float64',
  timeWait: 'float64',
  /** Places in the lists of their names. */
  state: 'uint8',
  reason: 'uint8',
  offering: 'uint8',
  reasonSince: 'float64',
  offeringSince: 'float64',
  // Counted so far.
  segmentsOut: 'uint32',
  segmentsIn: 'uint32',
  retransmissions: 'uint32',
  probes: 'uint32',
  /** Probes since the window closed. */
  probesNow: 'uint16',
  zeroWindows: 'uint32',
  duplicates: 'uint32',
} as const;

export type RowColumn = keyof typeof KINDS;
export const ROW_COLUMNS = Object.keys(KINDS) as RowColumn[];

/** The reason of an end of which only packets are known, where they do not tell. */
export const UNKNOWN_REASON = 255;
export type ReasonName = SilenceReason | 'unknown';

/** The columns of the timers, by the names the timers have. */
export const TIMER_COLUMNS = {
  retransmission: 'retransmission',
  persist: 'persist',
  'delayed-ack': 'delayedAck',
  override: 'override',
  keepalive: 'keepalive',
  'user-timeout': 'userTimeout',
  'time-wait': 'timeWait',
} as const;

/** What one row says. */
export type Row = Record<RowColumn, number>;

export class RowTable extends Table<RowColumn> {
  constructor(limit = MOST_ROWS) {
    super(KINDS, limit);
  }

  /** The row in force at an instant; -1 before the first. */
  at(ns: number): number {
    return this.lastAtMost('at', ns);
  }

  read(row: number): Row {
    return Object.fromEntries(ROW_COLUMNS.map((name) => [name, this.get(name, row)])) as Row;
  }

  /** The row to write to for an instant: the last one, if it is of the same. */
  present(at: number): number {
    const last = this.length - 1;
    if (last >= 0 && this.column.at[last]! >= at) return last;
    if (this.isFull) {
      const old = this.length >>> 1;
      this.thin((row) => row >= old || row % 2 === 0);
    }
    const row = this.repeat();
    this.column.at[row] = at;
    return row;
  }
}

export function reasonOf(code: number): ReasonName {
  return SILENCE_REASONS[code] ?? 'unknown';
}

export function offeringOf(code: number): Offering {
  return OFFERINGS[code] ?? 'open';
}

export function stateOf(code: number): State {
  return STATES[code] ?? 'CLOSED';
}
