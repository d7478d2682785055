// The functions of `node:net` that make sockets and servers.
import { connectArguments, type ConnectArguments } from './arguments.ts';
import { type ConnectOptions, type ServerOptions } from './options.ts';
import { type ConnectionListener, Server } from './server.ts';
import { Socket } from './socket.ts';

type NewConnectArguments = ConnectArguments | [options: ConnectOptions, connected?: () => void];

/** Makes a socket and connects it: `(port[, host][, connected])`, `(options[, connected])`. */
export function connect(...args: NewConnectArguments): Socket {
  const [options, connected] = connectArguments(args);
  const made: Partial<ConnectOptions> = options;
  const socket = new Socket(made);
  if (made.timeout) socket.setTimeout(made.timeout);
  // By way of the method, which instrumentation may have replaced.
  return socket.connect(options as ConnectOptions, connected);
}

/** The same. */
export const createConnection = connect;

export function createServer(
  options?: ServerOptions | ConnectionListener | null,
  connectionListener?: ConnectionListener,
): Server {
  return new Server(options, connectionListener);
}
