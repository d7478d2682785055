// What goes wrong, in one sentence each that names the fault and the cure; and the exit codes that go with it.
import { formatSize } from '../app/index.ts';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What ends a command before, or instead of, its work. The message is for people. */
export class Fault extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** The command line, the configuration file or a file named there is not as it should be. */
export function usage(message: string, cause?: unknown): Fault {
  return new Fault(message, EXIT.usage, cause);
}

export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** An error without a sentence of its own, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Listening failed. */
export function listenFault(error: Error, host: string | undefined, port: number): Fault {
  const where = host === undefined ? `port ${port}` : `${host}:${port}`;
  const sentences: Record<string, string> = {
    EADDRINUSE: `${where} is in use by another program: stop that one, or choose another port, as in: sash recv ${another(port)}`,
    EACCES: `${where} may not be listened on by you: choose a port from 1024 on, as in: sash recv 9293`,
    EADDRNOTAVAIL: `this host has no address ${host ?? ''}: give one of its own, or none to listen on all, as in: sash recv ${port}`,
    ENOTFOUND: `host "${host ?? ''}" is unknown: check its spelling, or give an address of this host`,
    EAI_AGAIN: `host "${host ?? ''}" cannot be looked up at present: give an address instead of a name`,
  };
  return new Fault(
    sentences[codeOf(error) ?? ''] ?? `cannot listen on ${where}: ${error.message}`,
    EXIT.unreachable,
    error,
  );
}

/** There is no carrier to the receiver. */
export function dialFault(error: Error, host: string, port: number): Fault {
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const sentences: Record<string, string> = {
    ECONNREFUSED: `nothing listens on ${where}: start \`sash recv ${port}\` there first, and check host and port`,
    ENOTFOUND: `host "${host}" is unknown: check its spelling, or give its address`,
    EAI_AGAIN: `host "${host}" cannot be looked up at present: give its address instead of its name`,
    EHOSTUNREACH: `${where} cannot be reached: no way leads to that host; check the address and the network`,
    ENETUNREACH: `${where} cannot be reached: no way leads to its network; check the address and the network`,
    ETIMEDOUT: `${where} does not answer: check the address, and that no firewall drops what is sent to it`,
    ECONNRESET: `${where} turned the connection away at once: see what the receiver says there`,
  };
  const message = sentences[codeOf(error) ?? ''] ?? `cannot connect to ${where}: ${error.message}`;
  return new Fault(message, EXIT.unreachable, error);
}

/** Why FILE cannot be read or written, from the error that says so. `doing` is a verb: `read`, `write`. */
export function fileSentence(error: unknown, file: string, doing: 'read' | 'write'): string {
  const sentences: Record<string, string> = {
    ENOENT:
      doing === 'read'
        ? `${file} does not exist: check its name, or use --bytes 100MiB to send a pattern`
        : `${file} cannot be created, for its folder does not exist: make the folder, or choose another`,
    EACCES: `${file} may not be ${doing === 'read' ? 'read' : 'written'} by you: change its permissions, or choose another`,
    EISDIR: `${file} is a folder: name a file${doing === 'read' ? ', or send `tar c` of it through a pipe: sash send HOST:PORT -' : ' in it'}`,
    ENOSPC: `the disk of ${file} is full: make room, and start again`,
    EDQUOT: `the quota for ${file} is used up: make room, and start again`,
    EROFS: `${file} lies on a read-only disk: choose another place`,
    EPIPE: 'whoever read standard output has closed it: nothing more can be delivered',
  };
  return (
    sentences[codeOf(error) ?? ''] ?? `${file} cannot be ${doing === 'read' ? 'read' : 'written'}: ${messageOf(error)}`
  );
}

/** Why a transfer ended before its time. `octets` is what had arrived, or been acknowledged. */
export function transferSentence(error: Error, peer: string, octets: number): string {
  const after = `after ${formatSize(octets)}`;
  if ('fault' in error) return error.message;
  // Of the socket below, and not of the connection: nobody has sent a RST of ours.
  if ('errno' in error && codeOf(error) !== 'ETIMEDOUT') {
    return `${peer} went away ${after} (${error.message}): the peer was killed, or its host or the way to it failed; start again`;
  }
  switch (codeOf(error)) {
    case 'ECONNRESET':
      return `${peer} reset the connection ${after}: it was aborted there; see what that side says`;
    case 'ETIMEDOUT':
      return `${peer} has stopped answering ${after}: check that it runs and can be reached, and start again`;
    case 'ECONNREFUSED':
      return `${peer} refused the connection: see what that side says`;
    default:
      return `the connection to ${peer} broke ${after}: ${error.message}`;
  }
}

function another(port: number): number {
  return port > 0 && port < 65_535 ? port + 1 : 9_293;
}
