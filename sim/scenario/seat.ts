// A seat for whoever wants to watch one end of a flow, and perhaps to change its application's pace by hand.
import { type Tempo } from '../../src/app/index.ts';
import { type Connection, type Instant } from '../../src/tcp/index.ts';
import { type Endpoint } from '../../src/trace/index.ts';
import { Consuming, type MessageAccount, Producing } from '../messages.ts';
import { type Reader } from '../readers.ts';
import { type Writer } from '../writers.ts';
import { type ObservedEnd } from './record.ts';

/** Whatever sits at an end of a connection and can be looked at. */
export type SeatedApplication = Reader | Writer | Producing | Consuming | undefined;

export interface Seat {
  flow: string;
  end: 'sender' | 'receiver';
  connection: Connection;
  local: Endpoint;
  remote: Endpoint;
  /** The pace of the application, where it has one; readers have it from their first octet on. */
  tempo: () => Tempo | undefined;
  /** Octets written or read, and how many there will be where the scenario says so. */
  octets: () => number;
  total: number | undefined;
  /** What an end of a message stream accounts for; undefined where octets travel. */
  ledger: ((now: Instant) => MessageAccount) | undefined;
  /** The application has its turn now: its pace was changed. */
  rouse: () => void;
}

export interface SeatOptions {
  /** Told of each end of a flow before its first segment. */
  follow?: (seat: Seat) => void;
  /** Readers can be slowed down by hand. */
  isControllable?: boolean;
}

export function seatAt(observed: ObservedEnd, application: SeatedApplication): Seat {
  const { plan, end, connection, local, remote } = observed;
  return {
    flow: plan.name,
    end,
    connection,
    local: { address: local.address, port: connection.tcb.localPort },
    remote: { address: remote.address, port: connection.tcb.remotePort },
    tempo: () => (isOfMessages(application) ? undefined : application?.tempo),
    octets: () => octetsOf(application),
    ledger: isOfMessages(application) ? (now) => application.account(now) : undefined,
    total: 'octets' in plan.write ? plan.write.octets : undefined,
    rouse: () => local.rouse(connection),
  };
}

function isOfMessages(application: SeatedApplication): application is Producing | Consuming {
  return application instanceof Producing || application instanceof Consuming;
}

function octetsOf(application: SeatedApplication): number {
  if (application === undefined) return 0;
  if (application instanceof Producing) return application.octetsWritten;
  if (application instanceof Consuming) return application.octetsRead;
  return 'written' in application ? application.written : application.read;
}
