// Errors in Node's shapes: those that programs recognize by `code`. System errors carry errno, code and syscall, those of
// `connect` the address and the port too; usage errors carry a code that begins with ERR_.
import { constants } from 'node:os';
import { inspect } from 'node:util';
import { type Driver, type NodeError } from '../carrier/index.ts';

/** An error of the system, as libuv would have it. */
export interface SystemError extends NodeError {
  errno: number;
  syscall: string;
}

interface Where {
  address?: string;
  port?: number;
  cause?: unknown;
}

/** `read ECONNRESET`, `connect ECONNREFUSED 127.0.0.1:80`. */
export function systemError(code: string, syscall: string, where: Where = {}): SystemError {
  const { address, port, cause } = where;
  const place = address === undefined ? '' : ` ${address}:${port}`;
  const error = new Error(`${syscall} ${code}${place}`, cause === undefined ? {} : { cause });
  const errno = -((constants.errno as Record<string, number>)[code] ?? 0);
  return Object.assign(error, { errno, code, syscall, ...(address === undefined ? {} : { address, port: port ?? 0 }) });
}

/** Why the handshake failed; undefined if it was our own doing. What a stranger sent is told in the carrier's own words. */
export function connectError(driver: Driver): SystemError | undefined {
  const { error, remote } = driver;
  if (error === undefined) return undefined;
  if (error.code === 'EPROTO') return protocolError(error, 'connect');
  return systemError(error.code, 'connect', { address: remote.address, port: remote.port, cause: error });
}

/** Why nothing more can be read. */
export function readError(driver: Driver): SystemError | undefined {
  const { error } = driver;
  if (error === undefined) return undefined;
  return error.code === 'EPROTO' ? protocolError(error, 'read') : systemError(error.code, 'read', { cause: error });
}

/** Why nothing can be written to a connection that has ended. */
export function writeError(driver: Driver): SystemError {
  const { error, connection } = driver;
  if (error === undefined || connection.isPeerClosed) return systemError('EPIPE', 'write', { cause: error });
  return error.code === 'EPROTO' ? protocolError(error, 'write') : systemError(error.code, 'write', { cause: error });
}

function protocolError(error: NodeError, syscall: string): SystemError {
  return Object.assign(error, { errno: -constants.errno.EPROTO, syscall });
}

function coded<Kind extends Error>(error: Kind, code: string): Kind & { code: string } {
  return Object.assign(error, { code });
}

export function socketClosed(): Error {
  return coded(new Error('Socket is closed'), 'ERR_SOCKET_CLOSED');
}

export function closedBeforeConnection(): Error {
  return coded(new Error('Socket closed before the connection was established'), 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION');
}

/** What a write gets after the peer's FIN, where the socket is not half-open. */
export function endedByPeer(): Error {
  return coded(new Error('This socket has been ended by the other party'), 'EPIPE');
}

export function serverNotRunning(): Error {
  return coded(new Error('Server is not running.'), 'ERR_SERVER_NOT_RUNNING');
}

export function serverAlreadyListening(): Error {
  const message = 'Listen method has been called more than once without closing.';
  return coded(new Error(message), 'ERR_SERVER_ALREADY_LISTEN');
}

export function missingArguments(): Error {
  const message = 'The "options" or "port" or "path" argument must be specified';
  return coded(new TypeError(message), 'ERR_MISSING_ARGS');
}

export function invalidType(name: string, expected: string, value: unknown): Error {
  const message = `The "${name}" argument must be of type ${expected}. Received ${received(value)}`;
  return coded(new TypeError(message), 'ERR_INVALID_ARG_TYPE');
}

export function invalidValue(name: string, value: unknown, reason: string): Error {
  const kind = name.includes('.') ? 'property' : 'argument';
  const message = `The ${kind} '${name}' ${reason}. Received ${inspect(value, { depth: 0 })}`;
  return coded(new TypeError(message), 'ERR_INVALID_ARG_VALUE');
}

export function outOfRange(name: string, range: string, value: number): Error {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${value}`;
  return coded(new RangeError(message), 'ERR_OUT_OF_RANGE');
}

function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return `type ${typeof value} (${inspect(value)})`;
}
