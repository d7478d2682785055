// A message as it travels: JSON in a WebSocket text frame (RFC 6455 §5.2), made once and written to every observer.
import { type FeedKind, type FeedMessage } from '../trace/index.ts';

/** What becomes of a frame when its observer is slow: `must` frames stay. */
export type FrameClass = 'segments' | 'state' | 'events' | 'must';

export interface Frame {
  class: FrameClass;
  /** Header and payload. */
  octets: Buffer;
  /** Segments or events in it. */
  count: number;
}

const CLASSES: Readonly<Partial<Record<FeedKind, FrameClass>>> = {
  segments: 'segments',
  state: 'state',
  snapshot: 'must',
  events: 'events',
};

const FIN_TEXT = 0x81;

export function frame(message: FeedMessage, count = 1): Frame {
  return { class: CLASSES[message.kind] ?? 'must', octets: textFrame(JSON.stringify(message)), count };
}

/** One unmasked, unfragmented text frame, as a server sends them. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const octets = Buffer.allocUnsafeSlow(header + length);
  octets[0] = FIN_TEXT;
  if (header === 2) octets[1] = length;
  else if (header === 4) {
    octets[1] = 126;
    octets.writeUInt16BE(length, 2);
  } else {
    octets[1] = 127;
    octets.writeBigUInt64BE(BigInt(length), 2);
  }
  octets.write(text, header);
  return octets;
}
