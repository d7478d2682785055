// Why a segment is on its way, in a sentence, and the clause behind it.
import { FIN, RST, SYN } from '../../../tcp/index.ts';
import { MARK, type SegmentTable } from '../data/index.ts';

export interface Purposed {
  sentence: string;
  clause: string;
}

const BY_PURPOSE: Readonly<Record<string, Purposed>> = {
  handshake: { sentence: 'It opens the connection.', clause: 'RFC 9293 §3.5' },
  text: { sentence: 'It carries new octets, which the window allows.', clause: 'RFC 9293 §3.8.6' },
  retransmission: {
    sentence: 'It carries again what was not acknowledged in time.',
    clause: 'RFC 6298 §5.4; RFC 5681 §3.2',
  },
  probe: {
    sentence: 'The window is zero: one octet asks whether it still is, lest the word that it opened was lost.',
    clause: 'RFC 9293 §3.8.6.1 (MUST-36)',
  },
  ack: { sentence: 'It acknowledges what has arrived.', clause: 'RFC 9293 §3.10.7.4; §3.8.6.3' },
  'window-update': {
    sentence: 'Its only news is the window: the reader has made room.',
    clause: 'RFC 9293 §3.8.6.2.2 (MUST-39)',
  },
  'challenge-ack': { sentence: 'It challenges a segment that might be forged.', clause: 'RFC 5961 §3–5' },
  keepalive: { sentence: 'It asks whether the peer is still there.', clause: 'RFC 9293 §3.8.4' },
  urgent: {
    sentence: 'It says that urgent octets follow, which the window does not let leave yet.',
    clause: 'RFC 9293 §3.8.5 (MUST-30)',
  },
  reset: { sentence: 'It ends the connection at once.', clause: 'RFC 9293 §3.5.2' },
};

export function purposeOf(segments: SegmentTable, row: number): Purposed {
  const named = BY_PURPOSE[segments.purposeOf(row)];
  if (named !== undefined) return named;
  const flags = segments.get('flags', row);
  const marks = segments.get('marks', row);
  if ((flags & RST) !== 0) return BY_PURPOSE['reset']!;
  if ((flags & SYN) !== 0) return BY_PURPOSE['handshake']!;
  if ((marks & MARK.again) !== 0) return BY_PURPOSE['retransmission']!;
  if ((marks & MARK.probe) !== 0) return BY_PURPOSE['probe']!;
  if ((marks & MARK.update) !== 0) return BY_PURPOSE['window-update']!;
  if (segments.get('length', row) > 0) return BY_PURPOSE['text']!;
  if ((flags & FIN) !== 0) return { sentence: 'It says that nothing more will be sent.', clause: 'RFC 9293 §3.6' };
  return BY_PURPOSE['ack']!;
}
