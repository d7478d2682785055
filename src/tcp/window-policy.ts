// How much to offer (RFC 9293 §3.8.6.2.2, receiver silly-window avoidance): the right edge stays where it is until
// min(RCV.BUFF / 2, Eff.snd.MSS) would be gained. Offers are rounded down to what the header can say, and every threshold
// compares what it can say with what it last said, so that scaling (RFC 7323 §2.3) never keeps a window shut.
import { MAX_WINDOW } from './options.ts';
import { mayBreak, PolicyViolation, type WindowFacts, type WindowPolicy } from './policies/index.ts';
import { type OfferRule } from './probe.ts';
import { type Seq, seqAdd, seqDiff } from './seq.ts';
import { type Offering } from './silence.ts';
import { snapshot } from './snapshot.ts';
import { type Tcb } from './tcb.ts';
import { type Instant } from './time.ts';

/** The most that the window field can say of `octets`: whole units, and 16 bits of them. Windows stay under 2^30. */
function sayable(octets: number, windShift: number): number {
  return Math.min(octets >> windShift, 65_535) << windShift;
}

/** What would the next segment offer? The edge itself is moved only by `offer`. */
export function decideOffer(tcb: Tcb, now: Instant): OfferRule {
  const { window } = tcb.policies;
  if (window === undefined) return decideByRule(tcb);
  tcb.askedOffer = ask(tcb, window, now);
  return 'policy';
}

function decideByRule(tcb: Tcb): OfferRule {
  const { rcv, options } = tcb;
  const room = tcb.receiveRoom;
  const offered = sayable(room, rcv.windShift);
  if (offered <= rcv.wnd) return room > rcv.wnd ? 'silly-window' : room === 0 ? 'full' : 'promised';
  const gain = offered - sayable(rcv.wnd, rcv.windShift); // a promise that rounding hides is as good as none
  if (!options.sillyWindowAvoidance || gain >= worthwhileGain(tcb)) return 'room';
  return 'silly-window';
}

/** What a policy says, in octets that the header can say. @throws PolicyViolation */
function ask(tcb: Tcb, policy: WindowPolicy, now: Instant): number {
  const { rcv } = tcb;
  const asked = Math.max(0, Math.floor(policy.offer(facts(tcb, now))));
  const offered = sayable(Math.min(asked, MAX_WINDOW), rcv.windShift);
  if (!tcb.mayReceive) return offered; // after the peer's FIN a window means nothing
  if (offered > tcb.receiveRoom && !mayBreak(policy, 'RCV.BUFF')) {
    const what = `it offers ${offered} octets, and there is room for ${tcb.receiveRoom}`;
    throw new PolicyViolation(policy.name, 'RCV.BUFF', what, snapshot(tcb));
  }
  const said = sayable(rcv.wnd, rcv.windShift);
  if (offered < said && !mayBreak(policy, 'SHLD-14')) {
    const what = `it offers ${offered} octets, and ${said} are promised`;
    throw new PolicyViolation(policy.name, 'SHLD-14', what, snapshot(tcb));
  }
  return offered;
}

function facts(tcb: Tcb, now: Instant): WindowFacts {
  const { rcv, receiveBuffer, snd, tally, rtt } = tcb;
  const rule = decideByRule(tcb);
  return {
    room: tcb.receiveRoom,
    unread: receiveBuffer.length,
    capacity: receiveBuffer.capacity,
    promised: rcv.wnd,
    lastOffer: rcv.lastOffer,
    mss: snd.effSndMss,
    unit: 2 ** rcv.windShift,
    received: tally.octetsReceived,
    read: tally.octetsRead,
    srtt: rtt.srtt,
    now,
    standard: rule === 'room' ? sayable(tcb.receiveRoom, rcv.windShift) : standingOffer(tcb),
  };
}

/** Fr = 1/2 (RFC 9293 §3.8.6.2.2). */
function worthwhileGain(tcb: Tcb): number {
  return Math.min(tcb.receiveBuffer.capacity / 2, tcb.snd.effSndMss);
}

/** Where the edge lies if `rule` is followed. */
function edgeUnder(tcb: Tcb, rule: OfferRule): Seq {
  if (rule === 'policy') return seqAdd(tcb.rcv.nxt, tcb.askedOffer);
  if (rule !== 'room') return tcb.rcv.edge;
  return seqAdd(tcb.rcv.nxt, sayable(tcb.receiveRoom, tcb.rcv.windShift));
}

/** What the window field says without a new promise. */
export function standingOffer(tcb: Tcb): number {
  return sayable(tcb.rcv.wnd, tcb.rcv.windShift);
}

/** Moves the promised edge as the rule says, and returns the octets that the window field will say. */
export function offer(tcb: Tcb, rule: OfferRule): number {
  const { rcv } = tcb;
  if (rule === 'room') rcv.promise(edgeUnder(tcb, rule));
  if (rule === 'policy') {
    if (tcb.askedOffer > rcv.wnd) rcv.promise(edgeUnder(tcb, rule));
    return tcb.askedOffer;
  }
  return standingOffer(tcb);
}

/**
 * Is the window news enough for a segment of its own? When the last offer was under one segment (the sender may be
 * waiting), or when the edge moves by two segments or half the buffer; otherwise it rides on the next acknowledgment.
 */
export function isWindowUpdateDue(tcb: Tcb, now: Instant): boolean {
  const { rcv, snd } = tcb;
  if (!tcb.mayReceive) return false;
  const rule = decideOffer(tcb, now);
  if (rule !== 'room' && rule !== 'policy') return false;
  const moves = seqDiff(edgeUnder(tcb, rule), rcv.lastEdge);
  const { window } = tcb.policies;
  if (window?.announces !== undefined) return window.announces(facts(tcb, now), moves);
  if (moves <= 0) return false;
  if (rcv.lastOffer < snd.effSndMss) return true;
  return moves >= Math.min(2 * snd.effSndMss, Math.ceil(tcb.receiveBuffer.capacity / 2));
}

/** What our SYN offers: unscaled (RFC 7323 §2.2), yet in the units that later windows will be said in. */
export function synOffer(tcb: Tcb, windShift: number): number {
  return sayable(Math.min(tcb.receiveBuffer.capacity, 65_535), windShift);
}

/** What the peer can use now, by the last window we sent it. */
export function presentOffering(tcb: Tcb): Offering {
  if (seqDiff(tcb.rcv.lastEdge, tcb.rcv.nxt) > 0) return 'open';
  return tcb.receiveRoom > 0 ? 'withheld' : 'zero';
}
