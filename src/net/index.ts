// sash: the API of `node:net` over emulated TCP connections, and what belongs to them. `import * as net from 'sash'` in the
// place of `import net from 'node:net'` is meant to be all that a program has to change.
export { connect, createConnection, createServer } from './connect.ts';
export {
  type ConnectOptions,
  type ListenOptions,
  type OnReadOptions,
  type RecordOption,
  type ServerOptions,
  type SocketConnectOptions,
  type SocketOptions,
  type TcpOptions,
} from './options.ts';
export { type ConnectionListener, Server } from './server.ts';
export { Socket, Socket as Stream } from './socket.ts';

// What `node:net` has that is about addresses, not about sockets. The defaults for choosing a family are Node's own, since
// it is Node that connects the carrier.
export {
  BlockList,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
  SocketAddress,
} from 'node:net';

// What a user of `socket.connection` and the `tcp` options needs; all of it is in sash/tcp and sash/carrier.
export {
  type CarrierAddress,
  type CarrierError,
  type CarrierFaultName,
  type Clock,
  realClock,
  type Recording,
  type RecordingOptions,
} from '../carrier/index.ts';
export {
  type Connection,
  type ConnectionOptions,
  type Duration,
  HOUR,
  type Keepalive,
  MICROSECOND,
  MILLISECOND,
  MINUTE,
  NEVER,
  type Offering,
  type OfferingDurations,
  type Probe,
  type Profile,
  type ProfileName,
  PROFILES,
  REASON_MEANINGS,
  type ReasonDurations,
  SECOND,
  SILENCE_REASONS,
  type SilenceReason,
  type Snapshot,
  type State,
} from '../tcp/index.ts';
