// Why a segment was sent: the rule behind it, with the numbers of the moment and the clause.
import { ACK, FIN, PSH, SYN } from '../../tcp/index.ts';
import { duration } from '../words.ts';
import { type EndView, type PacketView } from './view.ts';

export interface Rule {
  /** What it is, in a few words. */
  what: string;
  /** Why it left, with numbers. */
  why: string;
  clause: string;
}

/** @param me who sent it, just before; `peer` the other */
export function packetRule(packet: PacketView, me: EndView, peer: EndView): Rule {
  const rule = ruleOf(packet, me, peer);
  if (packet.up === null) return rule;
  return {
    what: rule.what,
    why: `${rule.why}; URG asks the reader to hurry up to ${packet.up}`,
    clause: `${rule.clause}; §3.8.5 (MUST-62)`,
  };
}

function ruleOf(packet: PacketView, me: EndView, peer: EndView): Rule {
  switch (packet.what.kind) {
    case 'handshake':
      return handshake(packet);
    case 'text':
    case 'out-of-order':
      return newText(packet, me);
    case 'retransmission':
      return again(packet, me);
    case 'probe':
      return probe(packet, me);
    default:
      return empty(packet, me, peer);
  }
}

function handshake({ flags, wndOctets, what }: PacketView): Rule {
  const isAnswer = (flags & ACK) !== 0;
  if ((flags & SYN) === 0)
    return {
      what: 'the end of the handshake',
      why: 'it acknowledges the SYN of the other end',
      clause: 'RFC 9293 §3.5',
    };
  const repeated = what.cause === 'syn' ? `, again: nothing had answered it for ${waited(what.waitNs)}` : '';
  return {
    what: isAnswer ? 'a SYN that answers a SYN' : 'a SYN',
    why: `it ${isAnswer ? 'accepts' : 'opens'} the connection and offers ${octets(wndOctets)}, never scaled${repeated}`,
    clause: 'RFC 9293 §3.5; RFC 7323 §2.2',
  };
}

function newText(packet: PacketView, me: EndView): Rule {
  const { lengthOctets, flags, what } = packet;
  const range = `${packet.seq}:${packet.seq + lengthOctets}`;
  if (what.kind === 'out-of-order') {
    return {
      what: `octets ${range} that others have overtaken`,
      why: 'they fill a gap, and have not passed here before',
      clause: 'RFC 9293 §3.10.7.4',
    };
  }
  const window = me['SND.WND'];
  const has =
    window === null
      ? ''
      : `of a window of ${octets(window)}, ${octets(me.flight ?? 0)} were in flight, so ${octets(Math.max(0, me.usable ?? 0))} might leave`;
  const network = cwndClause(me);
  return {
    what: `new octets ${range}`,
    why: `${has}${network}${has === '' ? '' : '; '}${worth(lengthOctets, flags, me)}`,
    clause: `RFC 9293 §3.8.6.2.1 (MUST-38)${network === '' ? '' : '; RFC 5681 §3.1'}`,
  };
}

/** What the network was believed to bear, where the end that sent it recorded that. */
function cwndClause({ told }: EndView): string {
  const cwnd = told?.congestion?.cwndOctets ?? null;
  return cwnd === null ? '' : `, as far as cwnd, ${octets(cwnd)}, allows`;
}

/** What made it worth a segment: (1) to (3) of RFC 9293 §3.8.6.2.1, and Nagle's condition (§3.7.4). */
function worth(length: number, flags: number, me: EndView): string {
  if (length >= me.mss) return `it is a full segment of ${octets(me.mss)}`;
  if ((flags & PSH) !== 0) {
    return me.flight === 0
      ? 'it is all there is, and nothing was in flight'
      : 'it is all there is (pushed): Nagle is off, or a full segment went before';
  }
  if (me.usable !== null && length >= me.usable) return 'it fills the window to its edge';
  return 'it is less than a segment: options take room, or the send buffer ended there';
}

function again(packet: PacketView, me: EndView): Rule {
  const { what } = packet;
  const range = `octets ${packet.seq}:${packet.seq + packet.lengthOctets} again`;
  switch (what.cause) {
    case 'fast':
      return {
        what: `${range}, by fast retransmit`,
        why: `${me.duplicateAcks} duplicate acknowledgments, or what the peer says it holds beyond the gap, tell that they were lost`,
        clause: 'RFC 5681 §3.2; RFC 6675 §5',
      };
    case 'follow-up':
      return {
        what: `${range}, in the same recovery`,
        why: 'what was sent before the recovery began and is not acknowledged follows it',
        clause: 'RFC 6582 §3.2; RFC 6675 §5',
      };
    case 'needless':
      return {
        what: `${range}, needlessly`,
        why: 'they had been acknowledged, as far as was seen here: the acknowledgment was lost, or on its way',
        clause: 'RFC 2883 §4',
      };
    default:
      return {
        what: `${range}, after a timeout`,
        why: `nothing was acknowledged for ${waited(what.waitNs)}: the retransmission timer fired, and its next wait is twice as long`,
        clause: 'RFC 6298 §5.4 to §5.6',
      };
  }
}

function probe(packet: PacketView, me: EndView): Rule {
  const since =
    me.zeroSinceNs === null ? '' : ` since ${duration(me.zeroSinceNs)}, for ${duration(packet.atNs - me.zeroSinceNs)}`;
  const before = (me.told?.probes ?? 0) - 1;
  const count = before < 1 ? '' : `; it has asked ${before === 1 ? 'once' : `${before} times`} before`;
  const text =
    packet.lengthOctets === 0 ? (packet.flags & FIN ? 'the FIN' : 'an empty segment') : octets(packet.lengthOctets);
  return {
    what: `a zero-window probe: ${text} at ${packet.seq}`,
    why: `SND.WND is 0${since}${count}: the persist timer fired, lest the word that the window is open was lost; each wait is twice as long`,
    clause: 'RFC 9293 §3.8.6.1 (MUST-36, SHLD-29, SHLD-30)',
  };
}

function empty(packet: PacketView, me: EndView, peer: EndView): Rule {
  const { what } = packet;
  switch (what.kind) {
    case 'window-update': {
      const before = Math.max(0, what.windowBefore);
      return {
        what: `a window update: from ${octets(before)} to ${octets(packet.wndOctets)}`,
        why: `its only news is the window; the right edge moves ${moved(packet, me)}, at least a segment of ${octets(me.mss)} or half the buffer`,
        clause: 'RFC 9293 §3.8.6.2.2 (MUST-39)',
      };
    }
    case 'duplicate-ack':
      return {
        what: `a duplicate acknowledgment of ${packet.ack}`,
        why: 'octets beyond a gap have come, or something that it had already: it says again what it waits for, at once',
        clause: 'RFC 5681 §4.2; RFC 2018 §4',
      };
    case 'keepalive':
      return {
        what: 'a keepalive',
        why: 'nothing was heard for long: it asks for something that must be answered',
        clause: 'RFC 9293 §3.8.4',
      };
    case 'fin':
      return {
        what: 'a FIN',
        why: `nothing more will be sent after ${packet.seq + packet.lengthOctets}`,
        clause: 'RFC 9293 §3.6',
      };
    case 'reset':
      return {
        what: 'a RST',
        why: 'the connection is given up, or there is none',
        clause: 'RFC 9293 §3.5.2, §3.10.7.1',
      };
    default:
      return packet.up !== null && what.advance === 0 ? urgent() : acknowledgment(packet, peer);
  }
}

function urgent(): Rule {
  return {
    what: 'word of urgent octets, and none of them',
    why: 'the pointer goes ahead of octets that may not leave yet',
    clause: 'RFC 9293 §3.8.6.1 (MUST-66)',
  };
}

function moved({ ack, wndOctets }: PacketView, { edge }: EndView): string {
  return edge === null ? 'on' : `by ${octets(ack + wndOctets - edge)}`;
}

function acknowledgment({ ack, wndOctets, what }: PacketView, peer: EndView): Rule {
  const window =
    wndOctets === 0 ? '; it offers nothing: the receive buffer is full' : `; it offers ${octets(wndOctets)}`;
  const left = peer['SND.NXT'] !== null && ack < peer['SND.NXT'] ? `, of ${peer['SND.NXT']} that have passed here` : '';
  const news =
    what.advance > 0
      ? `${octets(what.advance)} more have come, up to ${ack}${left}`
      : `it has nothing new to acknowledge: ${ack} still`;
  return {
    what: `an acknowledgment of ${ack}`,
    why: `${news}${window}`,
    clause: 'RFC 9293 §3.8.6.3 (MUST-58, MUST-59), §3.10.7.4',
  };
}

export function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`;
}

function waited(ns: number): string {
  return ns < 0 ? 'a while' : duration(ns);
}
