// What `write` becomes when the peer has ended and the socket is not half-open: the stream ends its own side a moment later,
// and 'write after end' would blame a program that did nothing wrong.
import { Duplex } from 'node:stream';
import { endedByPeer } from './errors.ts';

type Callback = (error?: Error | null) => void;

const ordinaryWrite: Duplex['write'] = Reflect.get(Duplex.prototype, 'write');

/** To be the first 'end' listener of every socket: where it is not half-open, a write after that says why it fails. */
export function writeFailsAfterFin(socket: Duplex): void {
  if (!socket.allowHalfOpen) socket.write = writeAfterFin;
}

function writeAfterFin(
  this: Duplex,
  chunk: unknown,
  encoding?: BufferEncoding | Callback,
  callback?: Callback,
): boolean {
  const done = typeof encoding === 'function' ? encoding : callback;
  if (!this.writableEnded) {
    return ordinaryWrite.call(this, chunk, typeof encoding === 'string' ? encoding : 'utf8', done);
  }
  const error = endedByPeer();
  if (typeof done === 'function') process.nextTick(done, error);
  this.destroy(error);
  return false;
}
