// Errors as Node gives them: a code, a system call, an address. Peers cannot make anything throw; what they do wrong becomes
// one of these, told to the owner of the connection it ended.
import { type Failure } from '../tcp/index.ts';
import { type CarrierAddress } from './owner.ts';

/** What a peer did wrong on the carrier itself. Each ends the carrier; `message` names the fault and the cure. */
export type CarrierFaultName =
  | 'stranger' // its first octets are not sash's preface
  | 'version' // a preface, but of another version
  | 'malformed' // a frame that holds no TCP segment
  | 'truncated' // the carrier ended inside a frame or inside the preface
  | 'ended' // the carrier ended before both FINs
  | 'declined' // it ended when it was offered checksums, before the handshake
  | 'silent'; // no handshake within the limit

export interface NodeError extends Error {
  code: string;
  syscall?: string;
  address?: string;
  port?: number;
}

/** An error of the carrier: `code` is Node's (ECONNRESET, EPROTO, ETIMEDOUT), `fault` says what the peer did. */
export interface CarrierError extends NodeError {
  fault: CarrierFaultName;
}

const CODES: Readonly<Record<CarrierFaultName, string>> = {
  stranger: 'EPROTO',
  version: 'EPROTO',
  malformed: 'EPROTO',
  truncated: 'ECONNRESET',
  ended: 'ECONNRESET',
  declined: 'EPROTO',
  silent: 'ETIMEDOUT',
};

/** One sentence naming the fault, and one naming the cure. `what` is a phrase, `peer` an address. */
export function faultMessage(fault: CarrierFaultName, what: string, peer: string): string {
  switch (fault) {
    case 'stranger':
      return `${peer} does not speak sash: it sent ${what}; both ends must be sash, and the port its own`;
    case 'version':
      return `${peer} speaks another sash: it sent ${what}; use the same version at both ends`;
    case 'malformed':
      return `${peer} sent ${what}; something on the way has damaged the stream, or the peer is at fault: connect again`;
    case 'truncated':
      return `${peer} ended the carrier ${what}; the peer or its host went away: connect again`;
    case 'ended':
      return `${peer} ended the carrier ${what}; the peer was stopped or killed, or turned us away: connect again`;
    case 'declined':
      return `${peer} ended the carrier when it was offered checksums; a sash that is older than they are does that: leave them out, or use the same version at both ends`;
    case 'silent':
      return `${peer}: ${what}; see that sash runs there, and that nothing between holds its octets back`;
  }
}

/** `message` is a sentence that names the fault and the cure. */
export function carrierError(fault: CarrierFaultName, message: string): CarrierError {
  const code = CODES[fault];
  return Object.assign(new Error(`${message} (${code})`), { code, fault });
}

/** The error that Node gives for a connection that ended like this; undefined where it was our own abort. */
export function failureError(failure: Failure, remote: CarrierAddress): NodeError | undefined {
  switch (failure) {
    case 'refused': {
      const { address, port } = remote;
      const message = `connect ECONNREFUSED ${address}:${port}`;
      return Object.assign(new Error(message), { code: 'ECONNREFUSED', syscall: 'connect', address, port });
    }
    case 'reset':
      return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
    case 'timed-out':
    case 'user-timeout':
      return Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'read' });
    case 'aborted':
      return undefined;
  }
}
