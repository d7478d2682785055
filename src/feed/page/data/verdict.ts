// Who waits for whom at a moment, in one sentence with its evidence: the sender's reason for silence with the numbers that
// decide it. Where reasons come and go with every acknowledgment, the one that held longest over the last while speaks.
import { formatDuration, formatRate, formatSize } from '../../../app/index.ts';
import { type Flow } from './run.ts';
import { offeringOf, reasonOf, type ReasonName, type Row, stateOf } from './rows.ts';

export type Fault = 'receiver' | 'network' | 'application' | 'sender' | 'nobody' | 'unknown';

export interface Verdict {
  sentence: string;
  /** The numbers behind it. */
  evidence: string;
  /** Whose doing it is. */
  fault: Fault;
  reason: ReasonName;
  /** Since when the reason has held, ns. */
  sinceNs: number;
}

export const FAULTS: Readonly<Record<ReasonName, Fault>> = {
  handshake: 'nobody',
  closing: 'nobody',
  recorder: 'sender',
  carrier: 'network',
  sending: 'nobody',
  'send-buffer': 'sender',
  'nothing-queued': 'application',
  'zero-window': 'receiver',
  recovery: 'network',
  nagle: 'sender',
  'window-full': 'receiver',
  'silly-window': 'receiver',
  congestion: 'network',
  policy: 'sender',
  unknown: 'unknown',
};

/** Over the last so many ns, or two round trips, the shares of the reasons are taken. */
const WHILE = 1e9;
/** A reason that has held so long speaks for itself. */
const LONG = 0.25e9;

/** `isWhole`: nothing more will come, so that its last moment speaks of all of it. */
export function verdictAt(flow: Flow, at: number, isWhole: boolean): Verdict {
  const { rows } = flow.ends[0].fold;
  const index = rows.at(at);
  if (index < 0) return nothingYet();
  const unseen = flow.ends[0].fold.unseen.at(at);
  if (unseen !== undefined) return notSeen(unseen.untilNs - at);
  const row = rows.read(index);
  const receiver = flow.ends[1].fold.rows;
  const there = receiver.at(at);
  const peer = there < 0 ? undefined : receiver.read(there);
  const state = stateOf(row.state);
  const isClosed = flow.ends[0].fold.isExact && (state === 'TIME-WAIT' || (state === 'CLOSED' && row.nxt > 1));
  if (isClosed || (isWhole && at >= flow.endNs)) return inAll(flow, row, isClosed);
  const held = at - row.reasonSince;
  const present = reasonOf(row.reason);
  if (held >= LONG || present === 'handshake') {
    const told = tellPresent(present, held, row, peer, at);
    return { ...told, reason: present, fault: FAULTS[present], sinceNs: row.reasonSince };
  }
  return lately(flow, row, at);
}

function nothingYet(): Verdict {
  return {
    sentence: 'Nothing has happened yet.',
    evidence: 'The connection has not begun at this moment.',
    fault: 'nobody',
    reason: 'handshake',
    sinceNs: 0,
  };
}

function notSeen(ns: number): Verdict {
  return {
    sentence: `This was not seen: the page looks on only from ${span(ns)} later.`,
    evidence: 'A feed remembers little of what was before; a recording holds all of it.',
    fault: 'unknown',
    reason: 'unknown',
    sinceNs: 0,
  };
}

type Told = Pick<Verdict, 'sentence' | 'evidence'>;

/** How long each reason held between two instants, as shares, the longest first. */
export function sharesOf(flow: Flow, from: number, until: number): [ReasonName, number][] {
  const { rows, unseen } = flow.ends[0].fold;
  const { column } = rows;
  const totals = new Map<number, number>();
  const first = Math.max(0, rows.at(from));
  const last = rows.at(until);
  for (let row = first; row <= last; row++) {
    const begins = Math.max(from, column.at[row]!);
    const ends = row === last ? until : column.at[row + 1]!;
    const reason = column.reason[row]!;
    if (ends <= begins) continue;
    totals.set(reason, (totals.get(reason) ?? 0) + ends - begins - unseen.within(begins, ends));
  }
  const whole = [...totals.values()].reduce((sum, ns) => sum + ns, 0);
  if (whole <= 0) return [];
  return [...totals]
    .map(([reason, ns]): [ReasonName, number] => [reasonOf(reason), ns / whole])
    .toSorted(([, a], [, b]) => b - a);
}

/** Whose doing most of it was, as a clause and its share, and which reasons of theirs. */
interface Blame {
  fault: Fault;
  reason: ReasonName;
  clause: string;
  share: number;
  theirs: [ReasonName, number][];
}

function blame(shares: readonly [ReasonName, number][]): Blame {
  // What is nobody's doing is not one thing: handshake, sending and goodbye each stand for themselves.
  const whose = (name: ReasonName): ReasonName | Fault => (FAULTS[name] === 'nobody' ? name : FAULTS[name]);
  const sums = new Map<ReasonName | Fault, number>();
  for (const [name, share] of shares) sums.set(whose(name), (sums.get(whose(name)) ?? 0) + share);
  const [most, share] = [...sums].toSorted(([, a], [, b]) => b - a)[0] ?? ['handshake' as const, 1];
  const theirs = shares.filter(([name, part]) => whose(name) === most && part >= 0.02);
  const reason = theirs[0]?.[0] ?? 'handshake';
  const fault = FAULTS[reason];
  const clause = theirs.length > 1 && fault === 'receiver' ? LATELY['window-full'] : LATELY[reason];
  return { fault, reason, clause, share, theirs };
}

/** Of all of it, at its end. */
function inAll(flow: Flow, row: Row, isClosed: boolean): Verdict {
  const shares = sharesOf(flow, flow.beginNs, row.at).filter(([, share]) => share >= 0.005);
  const { fault, reason, clause, share } = blame(shares);
  const octets = Math.max(0, row.una - (isClosed ? 2 : 1));
  const life = row.at - flow.beginNs;
  const list = shares.map(([name, part]) => `${name} ${percent(part)}`).join(', ');
  return {
    sentence: `${isClosed ? 'It is over' : 'In all'}: ${formatSize(octets)} in ${span(life)}; ${clause} ${percent(share)} of the time.`,
    evidence: `${formatRate((octets / life) * 1e9)} on average. ${capital(list)}.`,
    fault,
    reason: isClosed ? 'closing' : reason,
    sinceNs: row.reasonSince,
  };
}

function tellPresent(name: ReasonName, held: number, row: Row, peer: Row | undefined, at: number): Told {
  const flight = size(row.nxt - row.una);
  const unsent = Number.isNaN(row.unsent) ? '' : `${size(row.unsent)} wait to be sent`;
  const forLong = span(held);
  switch (name) {
    case 'zero-window':
      return {
        sentence: `The sender is blocked by the receiver's window: zero for ${forLong}${nextProbe(row, at)}.`,
        evidence: sentenceOf([bufferOf(peer), unsent, probesSoFar(row)]),
      };
    case 'window-full':
      return {
        sentence: `The sender has waited ${forLong} for the window to slide: it is full of octets in flight.`,
        evidence: sentenceOf([`${flight} in flight, window ${size(row.wnd)}`, unsent, retransmits(row, at)]),
      };
    case 'recovery':
      return {
        sentence: `Segments were lost: the sender has been sending again for ${forLong}.`,
        evidence: sentenceOf([
          `${flight} in flight`,
          `${row.retransmissions} retransmissions so far`,
          retransmits(row, at),
        ]),
      };
    case 'silly-window':
      return {
        sentence: `The window is open, but too small to be worth a segment; the sender has waited ${forLong}.`,
        evidence: sentenceOf([
          `window ${size(row.wnd)}, segments of ${size(row.mss)}`,
          unsent,
          due('override', row.override, at),
        ]),
      };
    default:
      return tellQuiet(name, held, row, [flight, unsent], at);
  }
}

function tellQuiet(name: ReasonName, held: number, row: Row, [flight, unsent]: [string, string], at: number): Told {
  const forLong = span(held);
  switch (name) {
    case 'nothing-queued':
      return {
        sentence: `The sending application has given nothing to send for ${forLong}.`,
        evidence: sentenceOf([`${flight} in flight, window ${size(row.wnd)}`]),
      };
    case 'nagle':
      return {
        sentence: `A short segment has waited ${forLong} for what is in flight to be acknowledged (Nagle).`,
        evidence: sentenceOf([`${flight} in flight`, unsent]),
      };
    case 'congestion':
      return {
        sentence: `The congestion window holds the sender back: the network is believed full, for ${forLong}.`,
        evidence: sentenceOf([`cwnd ${size(row.cwnd)}, window ${size(row.wnd)}`, `${flight} in flight`, unsent]),
      };
    case 'send-buffer':
      return {
        sentence: `The send buffer is full of octets in flight; the application has waited ${forLong} for room.`,
        evidence: sentenceOf([`${flight} of ${size(row.sendCapacity)} in flight`]),
      };
    case 'handshake':
      return {
        sentence: `The connection is not established yet${held >= LONG ? `, for ${forLong}` : ''}.`,
        evidence: sentenceOf([retransmits(row, at)]),
      };
    case 'closing':
      return {
        sentence: `All is sent, and so is the FIN: saying goodbye for ${forLong}.`,
        evidence: `${flight} in flight.`,
      };
    case 'unknown':
      return {
        sentence: 'Packets alone do not tell why the sender waits: its congestion window or its application.',
        evidence: sentenceOf([`${flight} in flight, window ${size(row.wnd)}: there is room`, `for ${forLong}`]),
      };
    default:
      return {
        sentence: `The sender is in “${name}” for ${forLong}.`,
        evidence: sentenceOf([`${flight} in flight`, unsent]),
      };
  }
}

/** Nothing has held for long: whose doing most of the last while was, and which reasons of theirs. */
function lately(flow: Flow, row: Row, at: number): Verdict {
  const from = Math.max(flow.beginNs, at - Math.max(WHILE, 2 * (row.srtt || 0)));
  const shares = sharesOf(flow, from, at);
  if (shares.length === 0) return atFirst(row);
  const { fault, reason, clause: what, share: whole, theirs } = blame(shares);
  const parts = theirs.length > 1 ? theirs.map(([name, share]) => `${name} ${percent(share)}`).join(', ') : '';
  const law =
    row.wnd > 0 && row.srtt > 0 ? `a window each round trip is ${formatRate((row.wnd / row.srtt) * 1e9)}` : '';
  const trip = row.srtt > 0 ? `, round trip ${span(row.srtt)}` : '';
  return {
    sentence: `${capital(what)} ${percent(whole)} of the last ${at - from === WHILE ? 'second' : span(at - from)}.`,
    evidence: sentenceOf([parts, `${size(row.nxt - row.una)} in flight, window ${size(row.wnd)}${trip}`, law]),
    fault,
    reason,
    sinceNs: row.reasonSince,
  };
}

/** There is no while before this moment. */
function atFirst(row: Row): Verdict {
  return {
    sentence: 'It begins.',
    evidence: 'This is the first that was seen of the connection.',
    fault: 'nobody',
    reason: 'handshake',
    sinceNs: row.reasonSince,
  };
}

const LATELY: Readonly<Record<ReasonName, string>> = {
  handshake: 'the handshake took',
  closing: 'the goodbye took',
  recorder: 'the recording held the sender back',
  carrier: 'the carrier below held the sender back',
  sending: 'the sender was sending',
  'send-buffer': 'the send buffer was too small for',
  'nothing-queued': 'the sending application gave nothing to send',
  'zero-window': "the receiver's window was shut",
  recovery: 'the sender repaired losses',
  nagle: 'Nagle held short segments back',
  'window-full': "the receiver's window held the sender back",
  'silly-window': 'the window was too small to be worth a segment',
  congestion: 'the congestion window held the sender back',
  policy: 'a policy held the sender back',
  unknown: 'packets do not tell why the sender waited',
};

function nextProbe(row: Row, at: number): string {
  return Number.isNaN(row.persist) ? '' : `, next probe ${row.persist > at ? `in ${span(row.persist - at)}` : 'now'}`;
}

function probesSoFar({ probesNow }: Row): string {
  return probesNow === 0 ? '' : `${probesNow} ${probesNow === 1 ? 'probe' : 'probes'} since it closed`;
}

function bufferOf(peer: Row | undefined): string {
  if (peer === undefined || Number.isNaN(peer.unread) || Number.isNaN(peer.capacity)) return '';
  const withheld = offeringOf(peer.offering) === 'withheld' ? '; its room is withheld to avoid a silly window' : '';
  return `the receiver's application has left ${size(peer.unread)} of ${size(peer.capacity)} unread${withheld}`;
}

function retransmits(row: Row, at: number): string {
  return due('retransmission', row.retransmission, at);
}

function due(timer: string, deadline: number, at: number): string {
  return Number.isNaN(deadline) || deadline <= at ? '' : `the ${timer} timer fires in ${span(deadline - at)}`;
}

function sentenceOf(parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join('; ');
  return text === '' ? '' : `${capital(text)}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}\u00a0%`;
}

function size(octets: number): string {
  if (Number.isNaN(octets)) return 'unknown';
  return octets < 10_000 ? `${Math.round(octets)} ${octets === 1 ? 'octet' : 'octets'}` : formatSize(octets);
}

/** Times for people: three digits. */
export function span(ns: number): string {
  if (!Number.isFinite(ns)) return '—';
  const digits = ns >= 1e9 ? 1e7 : ns >= 1e6 ? 1e5 : 1;
  return formatDuration(Math.round(ns / digits) * digits);
}
