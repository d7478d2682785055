// Happenings in words: lengths of time, moments of the wall clock, and the one sentence that a change of reason deserves.
import { ACK, FIN, PSH, type RecoveryPhase, RST, SYN, URG } from '../tcp/index.ts';
import { type Endpoint, type ReasonChanges } from './vocabulary.ts';

const UNITS: readonly [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'us'],
];

/** `1.25 s`, `40 ms`, `7 ns`: three decimals at the most. */
export function duration(ns: number): string {
  for (const [unit, name] of UNITS) {
    if (ns >= unit) return `${Math.round((ns / unit) * 1e3) / 1e3} ${name}`;
  }
  return ns < 0 ? `-${duration(-ns)}` : `${ns} ns`;
}

/** `10.0.0.1:80`, `[::1]:80`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const CONTROL: readonly (readonly [bit: number, name: string])[] = [
  [FIN, 'FIN'],
  [SYN, 'SYN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
  [URG, 'URG'],
];

/** The control bits that are set, by name, in the order of Wireshark. */
export function controlBits(flags: number): string[] {
  return CONTROL.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}

export function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`;
}

/** What begins with each phase of loss recovery. */
export const PHASE_WORDS: Readonly<Record<RecoveryPhase, string>> = {
  none: 'the recovery is over',
  fast: 'fast recovery begins',
  timeout: 'the retransmission timer has expired',
};

/** What a recording's own text may put on a terminal: no control characters. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** Nanoseconds since 1970 as ISO 8601 in UTC. */
export function wallClock(epochNs: bigint): string {
  const seconds = Number(epochNs / 1_000_000_000n);
  const days = Math.floor(seconds / 86_400);
  const { year, month, day } = civil(days);
  const second = seconds - days * 86_400;
  const time = `${two(second / 3_600)}:${two((second / 60) % 60)}:${two(second % 60)}`;
  const fraction = String(epochNs % 1_000_000_000n).padStart(9, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${time}.${fraction}Z`;
}

function two(n: number): string {
  return String(Math.floor(n)).padStart(2, '0');
}

/** The Gregorian date of a day counted from 1970; years begin in March, so that the leap day comes last. */
function civil(daysSince1970: number): { year: number; month: number; day: number } {
  const days = daysSince1970 + 719_468; // from 1 March of year 0
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/** Why the sending side is now silent, or sending, in one clause with the numbers that decide it. */
export function reasonClause(change: ReasonChanges): string {
  const { to, flightOctets, wndOctets, unsentOctets, mssOctets, roomOctets } = change;
  const [flight, unsent] = [octets(flightOctets), octets(unsentOctets)];
  switch (to) {
    case 'handshake':
      return 'the connection is not established yet';
    case 'closing':
      return `the FIN is sent; ${flight} in flight`;
    case 'recorder':
      return `${unsent} could leave, but the recording is behind`;
    case 'carrier':
      return `${unsent} could leave, but the carrier takes no more`;
    case 'sending':
      return `${unsent} to send, ${flight} in flight, window ${wndOctets}`;
    case 'send-buffer':
      return `all that was written is in flight, ${flight}, and a write waits for room (${octets(roomOctets)} free)`;
    case 'nothing-queued':
      return `the application gives nothing to send; ${flight} in flight`;
    case 'zero-window':
      return `the receiver offers nothing, and ${unsent} wait`;
    case 'recovery':
      return `lost octets are being sent again; ${flight} in flight, window ${wndOctets}`;
    case 'window-full':
      return windowFullClause(change);
    case 'silly-window':
      return `a window of ${wndOctets} is not worth a segment of ${mssOctets}, and ${unsent} wait`;
    default:
      return heldClause(change);
  }
}

/** Something of our own holds it: the congestion window, a policy, Nagle. */
function heldClause({ to, flightOctets, wndOctets, unsentOctets, mssOctets }: ReasonChanges): string {
  const [flight, unsent] = [octets(flightOctets), octets(unsentOctets)];
  if (to === 'nagle') return `${unsent}, less than a segment of ${mssOctets}, wait for ${flight} in flight`;
  if (to === 'policy')
    return `a policy waits, with ${unsent} to send, ${flight} in flight and a window of ${wndOctets}`;
  return `the congestion window, below the peer's ${octets(wndOctets)}, is full with ${flight} in flight, and ${unsent} wait`;
}

function windowFullClause({ flightOctets, wndOctets, unsentOctets }: ReasonChanges): string {
  const [flight, unsent] = [octets(flightOctets), octets(unsentOctets)];
  if (flightOctets >= wndOctets) return `${flight} in flight fill the window of ${wndOctets}, and ${unsent} wait`;
  return `${flight} in flight leave too little of the window of ${wndOctets} for a segment, and ${unsent} wait`;
}
