// Standard input and output without blocking the process, and without being held up by them when it ends: pipes and sockets
// are left to the event loop. A pipe is opened anew for that, since O_NONBLOCK on the one we were given would also bind
// whoever shares it.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Whether a file descriptor is a pipe or a socket, which the event loop can wait for. */
export function isWaitable(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/** A socket, in Node's sense, over a pipe or socket that is open already. */
export function streamOver(fd: number, direction: 'reading' | 'writing'): Socket {
  const reading = direction === 'reading';
  return new Socket({
    fd: reopened(fd, reading ? constants.O_RDONLY : constants.O_WRONLY),
    readable: reading,
    writable: !reading,
  });
}

function reopened(fd: number, mode: number): number {
  if (!fstatSync(fd).isFIFO()) return fd;
  try {
    const own = openSync(`/proc/self/fd/${fd}`, mode | constants.O_NONBLOCK);
    if (fd > 2) closeSync(fd);
    return own;
  } catch {
    return fd; // no /proc: share it
  }
}
