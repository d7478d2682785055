// A packet in words, as Wireshark's info column has it, and what its tree says beside that.
import { ABSENT, ACK, type Segment, seqDiff, URG } from '../../tcp/index.ts';
import { type CapturedPacket } from '../capture/index.ts';
import { controlBits, duration } from '../words.ts';
import {
  DUPLICATE_ACK,
  FAST_RETRANSMISSION,
  FLAG_NAMES,
  type FlagName,
  SPURIOUS_RETRANSMISSION,
  type Verdict,
} from './verdict.ts';

/** What the info column says of each. */
export const FLAG_TEXTS: Readonly<Record<FlagName, string>> = {
  reused_ports: 'Port numbers reused',
  retransmission: 'Retransmission',
  fast_retransmission: 'Fast Retransmission',
  spurious_retransmission: 'Spurious Retransmission',
  out_of_order: 'Out-Of-Order',
  lost_segment: 'Previous segment not captured',
  ack_lost_segment: 'ACKed unseen segment',
  window_update: 'Window Update',
  window_full: 'Window Full',
  keep_alive: 'Keep-Alive',
  keep_alive_ack: 'Keep-Alive ACK',
  duplicate_ack: 'Dup ACK',
  zero_window_probe: 'ZeroWindowProbe',
  zero_window: 'ZeroWindow',
  zero_window_probe_ack: 'ZeroWindowProbeAck',
};

/** `[TCP Window Full] 40001 → 9293 [PSH, ACK] Seq=1 Ack=1 Win=65535 Len=1460` */
export function infoOf({ seg, lengthOctets }: CapturedPacket, verdict: Readonly<Verdict>): string {
  const ack = seg.has(ACK) ? ` Ack=${verdict.ack}` : '';
  const urg = seg.has(URG) ? ` Urg=${seg.up}` : '';
  const numbers = `Seq=${verdict.seq}${ack} Win=${verdict.windowSize}${urg} Len=${lengthOctets}`;
  const ports = `${seg.sourcePort} → ${seg.destinationPort}`;
  return `${remarks(verdict)}${ports} [${controlWords(seg.flags)}] ${numbers}${options(seg, verdict)}`;
}

/** Each is put before those that were told earlier. */
function remarks(verdict: Readonly<Verdict>): string {
  let text = '';
  for (const [bit, name] of FLAG_NAMES.entries()) {
    const isSpecial = (verdict.flags & (FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION)) !== 0;
    if ((verdict.flags & (1 << bit)) === 0 || (name === 'retransmission' && isSpecial)) continue;
    const which = 1 << bit === DUPLICATE_ACK ? ` ${verdict.duplicateAckFrame}#${verdict.duplicateAckNumber}` : '';
    text = `[TCP ${FLAG_TEXTS[name]}${which}] ${text}`;
  }
  return text;
}

function controlWords(flags: number): string {
  const words = controlBits(flags);
  return words.length === 0 ? '<None>' : words.join(', ');
}

/** In one order, whatever the header's. */
function options(seg: Segment, verdict: Readonly<Verdict>): string {
  let text = '';
  if (seg.mss !== ABSENT) text += ` MSS=${seg.mss}`;
  if (seg.windowScale !== ABSENT) text += ` WS=${2 ** Math.min(seg.windowScale, 14)}`;
  if (seg.sackPermitted) text += ' SACK_PERM';
  if (seg.tsVal !== ABSENT) text += ` TSval=${seg.tsVal} TSecr=${seg.tsEcr}`;
  for (let block = 0; block < seg.sackCount; block++) {
    // Counted as the ACK field is.
    const edge = (at: number): number => (verdict.ack + seqDiff(seg.sacks[at]!, seg.ack)) >>> 0;
    text += ` SLE=${edge(2 * block)} SRE=${edge(2 * block + 1)}`;
  }
  return text;
}

/** `in flight 4380, acknowledges 6 after 48 ms`: the numbers of the analysis, '' where there are none. */
export function numbersOf(verdict: Readonly<Verdict>): string {
  const list: string[] = [];
  if (verdict.bytesInFlight > 0) list.push(`in flight ${verdict.bytesInFlight}`, `since PSH ${verdict.pushBytesSent}`);
  if (verdict.acksFrame > 0) {
    const after = verdict.ackRttNs === 0 ? '' : ` after ${duration(verdict.ackRttNs)}`;
    list.push(`acknowledges ${verdict.acksFrame}${after}`);
  }
  if (verdict.rtoFrame > 0) list.push(`${duration(verdict.rtoNs)} since ${verdict.rtoFrame}`);
  return list.join(', ');
}
