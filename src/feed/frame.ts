// A message as it travels: JSON in a WebSocket text frame (RFC 6455 §5.2), made once and written to every observer.
import { type FeedMessage } from '../trace/index.ts';

/** What becomes of a frame when its observer is slow: `must` frames stay. */
export type FrameClass = 'segments' | 'state' | 'events' | 'must';

/** What observers may subscribe to; all else is for everybody. */
export type Topic = 'state' | 'events' | 'segments';
export const TOPICS: readonly Topic[] = ['state', 'events', 'segments'];

export interface Frame {
  class: FrameClass;
  topic: Topic | undefined;
  /** Header and payload. */
  octets: Buffer;
  /** Segments or events in it. */
  count: number;
}

export function frame(message: FeedMessage, count = 1): Frame {
  const { kind } = message;
  const topic = TOPICS.find((one) => one === kind);
  // Markers are for all, but whoever marks a lot shall not crowd out a slow observer.
  const kept = topic ?? (kind === 'marker' ? 'events' : 'must');
  return { class: kept, topic, octets: textFrame(JSON.stringify(message)), count };
}

const FIN_TEXT = 0x81;

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
