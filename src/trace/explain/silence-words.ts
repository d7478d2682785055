// Why nothing left an end: the reason, its numbers, the clause, and what would end it.
import { type SilenceReason } from '../../tcp/index.ts';
import { duration, reasonClause } from '../words.ts';
import { type Limit } from '../track/index.ts';
import { type EndView } from './view.ts';

export interface Silence {
  reason: SilenceReason | Limit;
  /** By the recording's own word, or inferred from packets. */
  isTold: boolean;
  sinceNs: number | null;
  why: string;
  clause: string;
  ends: string;
}

const CLAUSES: Readonly<Record<SilenceReason | Limit, string>> = {
  handshake: 'RFC 9293 §3.5',
  closing: 'RFC 9293 §3.6',
  recorder: 'docs/recording.md',
  carrier: 'docs/protocol.md',
  sending: 'RFC 9293 §3.8.6',
  'send-buffer': 'RFC 9293 §3.9.1',
  'nothing-queued': 'RFC 9293 §3.9.1',
  'zero-window': 'RFC 9293 §3.8.6.1',
  recovery: 'RFC 5681 §3.2; RFC 6298 §5',
  congestion: 'RFC 5681 §3.1',
  nagle: 'RFC 9293 §3.7.4 (SHLD-7)',
  'window-full': 'RFC 9293 §3.8.6',
  'silly-window': 'RFC 9293 §3.8.6.2.1 (MUST-38)',
  policy: 'docs/study/write-a-policy.md',
  idle: 'RFC 9293 §3.9.1',
  unknown: '',
};

const ENDS: Readonly<Record<SilenceReason | Limit, string>> = {
  handshake: 'the other end answers',
  closing: 'the other end closes too',
  recorder: 'the disk takes what waits',
  carrier: 'the socket below takes more',
  sending: '',
  'send-buffer': 'an acknowledgment makes room',
  'nothing-queued': 'the application writes, or closes',
  'zero-window': 'a window update, or the answer to a probe',
  recovery: 'an acknowledgment of what was in flight',
  congestion: 'an acknowledgment opens the congestion window',
  nagle: 'an acknowledgment of all that is in flight, or a full segment',
  'window-full': 'an acknowledgment moves the window on',
  'silly-window': 'a wider window, or the override timer',
  policy: 'the policy sends',
  idle: 'the application writes, or closes',
  unknown: 'an acknowledgment, or more from the application',
};

/** Why it was silent just then. */
export function silenceOf(end: EndView): Silence {
  const told = end.told?.reason;
  if (told !== undefined) {
    const { to } = told;
    return {
      reason: to,
      isTold: true,
      sinceNs: to === 'zero-window' ? (end.zeroSinceNs ?? told.atNs) : told.atNs,
      why: reasonClause(told) + congestionClause(to, end),
      clause: CLAUSES[to],
      ends: endsOf(to, end),
    };
  }
  const { limit } = end;
  return {
    reason: limit,
    isTold: false,
    sinceNs: limit === 'zero-window' ? end.zeroSinceNs : null,
    why: inferred(end),
    clause: CLAUSES[limit],
    ends: endsOf(limit, end),
  };
}

/** What congestion control allowed just then, where that is what held it. */
function congestionClause(reason: SilenceReason, { told }: EndView): string {
  const change = told?.congestion;
  if (change === undefined || change.cwndOctets === null) return '';
  if (reason !== 'congestion' && reason !== 'recovery') return '';
  return `; cwnd is ${change.cwndOctets}`;
}

function endsOf(reason: SilenceReason | Limit, { told }: EndView): string {
  const timers = (told?.timers ?? [])
    .toSorted((a, b) => (a.deadlineNs ?? Infinity) - (b.deadlineNs ?? Infinity))
    .map(({ timer, startedNs, deadlineNs, fired }) => {
      const before =
        fired === 0 ? '' : ` (it has fired ${fired === 1 ? 'once' : `${fired} times`} since it was last stopped)`;
      const when =
        deadlineNs === null ? `, set anew since it started at ${duration(startedNs)}` : ` at ${duration(deadlineNs)}`;
      return `the ${timer} timer fires${when}${before}`;
    });
  return [ENDS[reason], ...timers].filter((each) => each !== '').join('; ');
}

function inferred(end: EndView): string {
  const [flight, window] = [end.flight ?? 0, end['SND.WND'] ?? 0];
  switch (end.limit) {
    case 'zero-window':
      return 'the other end offers nothing: SND.WND is 0';
    case 'window-full':
      if (flight === 0)
        return 'the window is full as far as it knows: the last acknowledgment seen here is still on its way to it';
      return `${flight} octets in flight leave too little of the window of ${window} for a segment of ${end.mss}`;
    case 'silly-window':
      return `a window of ${window} is not worth a segment of ${end.mss}, and nothing is in flight`;
    case 'idle':
      return 'all that was sent is acknowledged: the application gives nothing, as far as packets tell';
    case 'recovery':
      return `octets that were lost are being sent again; ${flight} in flight`;
    case 'handshake':
      return 'the connection is not established yet';
    case 'closing':
      return 'its FIN has passed';
    case 'unknown':
      return `${flight} octets in flight, and the window of ${window} has room for more: the congestion window, Nagle, or an application that has no more; packets do not tell`;
  }
}
