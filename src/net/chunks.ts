// What a stream is given to write: text in an encoding, or octets.
import { type Writable } from 'node:stream';

export type Chunk = { chunk: Buffer | string; encoding: BufferEncoding };

/** A chunk's octets, where they lie or newly made of its text. */
export function octetsOf({ chunk, encoding }: Chunk): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/** The same octets as an object of their own, to be told from any other write of them. */
export function ownView(chunk: string | Uint8Array, encoding: BufferEncoding | undefined): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Octets in the queue of a Writable: Node has a getter for it, and its types do not tell. */
export function queuedOctets(stream: Writable): number {
  const { writableBuffer } = stream as unknown as { writableBuffer: Chunk[] };
  return writableBuffer.reduce((octets, { chunk, encoding }) => octets + Buffer.byteLength(chunk, encoding), 0);
}
