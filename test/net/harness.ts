// What the tests of the API share: the two implementations they run against, `node:net` and ours, and connected pairs.
import { EventEmitter, once } from 'node:events';
import nodeNet from 'node:net';
import { type Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import * as sash from '../../src/net/index.ts';

/** The shape that both have. */
export type Net = typeof nodeNet;
export type Socket = nodeNet.Socket;
export type Server = nodeNet.Server;

/** Ours, as a program sees it that has only changed its import. */
export const ours = sash as unknown as Net;

/** Which implementation a test runs on, and the module that a child process imports for it. */
export interface Subject {
  name: 'node:net' | 'sash';
  net: Net;
  module: string;
}

export const subjects: readonly Subject[] = [
  { name: 'node:net', net: nodeNet, module: 'node:net' },
  { name: 'sash', net: ours, module: new URL('../../src/net/index.js', import.meta.url).href },
];

/** One test for each implementation: what Node does is what ours must do. */
export function alike(
  name: string,
  body: (t: ExecutionContext, net: Net, subject: Subject) => Promise<void> | void,
): void {
  for (const subject of subjects) test(`${subject.name}: ${name}`, (t) => body(t, subject.net, subject));
}

/** A server on 127.0.0.1, and where it listens; it goes, with all its connections, when the test is over. */
export async function served(
  t: ExecutionContext,
  net: Net,
  connected: (socket: Socket) => void = () => {},
  options: nodeNet.ServerOpts = {},
): Promise<{ server: Server; port: number }> {
  const server = net.createServer(options, (socket) => {
    t.teardown(() => discard(socket));
    connected(socket);
  });
  t.teardown(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: portOf(server) };
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

export interface Pair {
  client: Socket;
  accepted: Socket;
  server: Server;
  port: number;
}

/** Two connected sockets. A client that is paused from the start has nothing read for it. */
export async function pair(
  t: ExecutionContext,
  net: Net,
  options: { server?: nodeNet.ServerOpts; client?: Partial<nodeNet.NetConnectOpts>; isClientPaused?: boolean } = {},
): Promise<Pair> {
  const door = new EventEmitter();
  const { server, port } = await served(t, net, (socket) => door.emit('socket', socket), options.server);
  const arrival = once(door, 'socket') as Promise<[Socket]>;
  const client = net.connect({ host: '127.0.0.1', port, ...options.client });
  if (options.isClientPaused) client.pause();
  t.teardown(() => discard(client));
  const [[accepted]] = await Promise.all([arrival, once(client, 'connect')]);
  return { client, accepted, server, port };
}

/** Ends what a test has left, whatever its peer says to that. */
export function discard(socket: NodeJS.EventEmitter & { destroy(): void }): void {
  socket.on('error', () => {});
  socket.destroy();
}

/** The names of the events that came, in order. */
export function logged(
  emitter: NodeJS.EventEmitter,
  names: readonly string[],
  log: string[] = [],
  prefix = '',
): string[] {
  for (const name of names) emitter.on(name, () => log.push(prefix + name));
  return log;
}

/** All that comes until the end. Unlike asynchronous iteration it leaves the stream alone after that. */
export async function everything(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.resume();
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

/** Waits for 'close', whether an 'error' comes before it or not, and says what it says. */
export async function closed(socket: NodeJS.EventEmitter): Promise<boolean> {
  return new Promise((resolve) => socket.once('close', resolve));
}

/** Octets that differ from place to place. */
export function pattern(length: number, seed = 1): Buffer {
  const octets = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    octets[i] = state >>> 24;
  }
  return octets;
}

/** The code of an error that an emitter tells. */
export async function codeOf(emitter: NodeJS.EventEmitter): Promise<string | undefined> {
  const [error] = (await once(emitter, 'error')) as [NodeJS.ErrnoException];
  return error.code;
}

/** Waits until `octets` lie unread in a socket that does not read: ours can be asked, Node's gets some time. */
export async function arrived(socket: Socket, octets: number): Promise<void> {
  if (socket instanceof sash.Socket) await until(() => socket.snapshot()!['RCV.USER'] === octets);
  else await soon(20);
}

/** So many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

export async function soon(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until it holds; a test that waits in vain ends by its own timeout. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await soon(2);
}
