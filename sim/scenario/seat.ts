// A seat for whoever wants to watch one end of a flow, and perhaps to change its application's pace by hand.
import { type Tempo } from '../../src/app/index.ts';
import { type Connection } from '../../src/tcp/index.ts';
import { type Endpoint } from '../../src/trace/index.ts';
import { type Reader } from '../readers.ts';
import { type Writer } from '../writers.ts';
import { type ObservedEnd } from './record.ts';

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
  /** The application has its turn now: its pace was changed. */
  rouse: () => void;
}

export interface SeatOptions {
  /** Told of each end of a flow before its first segment. */
  follow?: (seat: Seat) => void;
  /** Readers can be slowed down by hand. */
  isControllable?: boolean;
}

export function seatAt(observed: ObservedEnd, application: Reader | Writer | undefined): Seat {
  const { plan, end, connection, local, remote } = observed;
  return {
    flow: plan.name,
    end,
    connection,
    local: { address: local.address, port: connection.tcb.localPort },
    remote: { address: remote.address, port: connection.tcb.remotePort },
    tempo: () => application?.tempo,
    octets: () => (application === undefined ? 0 : 'written' in application ? application.written : application.read),
    total: 'octets' in plan.write ? plan.write.octets : undefined,
    rouse: () => local.rouse(connection),
  };
}
