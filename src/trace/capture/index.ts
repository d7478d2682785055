// Any TCP capture, segment by segment.
export { CapturedPacket, type CaptureSink, Conversation } from './captured-packet.ts';
export { CaptureReader, isDamage, type ReadFault, type ReadReport } from './capture-reader.ts';
export { MAX_CONVERSATIONS } from './conversations.ts';
export { type PacketFault } from './pcapng-sections.ts';
export { type FramingFault } from './piece-reader.ts';
