// The present state of a transfer in words and a bar: a few lines for a terminal, or one for a log.
import { formatDuration, formatRate, formatSize, type PlanPlace, type Rate } from '../app/index.ts';
import { type Duration, NEVER, REASON_MEANINGS, SECOND, type Snapshot } from '../tcp/index.ts';
import { briefly } from './message-note.ts';
import { type Party } from './party.ts';
import { type Canvas } from './talk.ts';

/** A peer that has said nothing for so long is worth a remark. */
const LONG_SILENCE = 10 * SECOND;
const BAR = 16;

/** What a status is made from: plain data. */
export interface View {
  role: 'receiver' | 'sender';
  peer: string;
  /** What travels: the file's name, or where it goes. */
  what: string;
  /** Since the handshake. */
  elapsed: Duration;
  /** Octets acknowledged, or read; and how many there will be, where that is known. */
  octets: number;
  total: number | undefined;
  rate: Rate;
  /** How fast the application means to go. */
  pace: Rate;
  isStopped: boolean;
  /** In a plan of more than one phase. */
  place: (PlanPlace & { count: number }) | undefined;
  connection: Snapshot;
  /** How long the present reason, or the present offering, has held. */
  reasonFor: Duration;
  offeringFor: Duration;
  probes: number;
  /** Until the next probe; undefined if none is due. */
  nextProbe: Duration | undefined;
  /** Since the peer last said something. */
  silence: Duration;
  /** What Ctrl-C has begun. */
  isEnding: boolean;
  /** What has become of the messages, where it is messages that travel. */
  messages?: string;
}

export function viewOf(party: Party, what: string, total: number | undefined): View {
  const { connection, tempo, now } = party;
  const { tcb } = connection;
  const snapshot = connection.snapshot();
  const { persist } = snapshot.timers;
  const count = tempo.plan.phases.length;
  const messages = party.messages(now);
  return {
    ...(messages === null ? {} : { messages: briefly(messages) }),
    role: party.role,
    peer: party.peer,
    what,
    elapsed: now - (party.establishedAt ?? now),
    octets: party.role === 'sender' ? party.transferred : party.octets,
    total,
    rate: party.meter.rate,
    pace: tempo.rate(now),
    isStopped: tempo.isStopped,
    place: count > 1 ? { ...tempo.place(now), count } : undefined,
    connection: snapshot,
    reasonFor: party.reasonFor(now),
    offeringFor: now - tcb.offering.since,
    probes: tcb.probes,
    nextProbe: persist === undefined ? undefined : Math.max(0, persist - now),
    silence: now - tcb.heardAt,
    isEnding: party.isInterrupted,
  };
}

/** For a terminal. */
export function statusLines(view: View, canvas: Canvas): string[] {
  const { paint } = canvas;
  const verb = view.role === 'sender' ? 'sending' : 'receiving';
  const preposition = view.role === 'sender' ? 'to' : 'from';
  const what = view.what === '' ? '' : ` ${view.what}`;
  const lines = [
    `${paint('bold', `${verb}${what} ${preposition} ${view.peer}`)}  ${paint('dim', view.connection.state)}`,
    `  ${progress(view)}`,
    `  ${view.role === 'sender' ? sendWindow(view, canvas) : receiveWindow(view, canvas)}`,
    `  ${paint(isHeld(view) ? 'yellow' : 'green', presently(view).what)}`,
    `    ${paint('dim', presently(view).why)}`,
  ];
  if (view.messages !== undefined) lines.splice(2, 0, `  ${view.messages}`);
  const remarks = [...pacing(view), ...silence(view)];
  if (remarks.length > 0) lines.push(`  ${remarks.join('; ')}`);
  return lines;
}

/** For a log, and where several transfers share a terminal. */
export function statusLine(view: View): string {
  const { connection } = view;
  const window =
    view.role === 'sender'
      ? `window ${formatSize(connection['SND.WND'])}, ${formatSize(connection.flight)} in flight`
      : `${formatSize(connection['RCV.USER'])} unread of ${formatSize(connection['RCV.BUFF'])}`;
  const { what, why } = presently(view);
  const messages = view.messages === undefined ? [] : [view.messages];
  const parts = [progress(view), ...messages, window, `${what}: ${why}`, ...pacing(view), ...silence(view)];
  return `${`${Math.round(view.elapsed / SECOND)} s`.padStart(4)}  ${parts.join(' · ')}`;
}

function progress(view: View): string {
  const { octets, total, rate } = view;
  if (total === undefined) return `${formatSize(octets)}, ${speed(rate)}`;
  const share = total === 0 ? 1 : octets / total;
  const left = total - octets;
  const eta =
    left === 0 ? '' : rate > 0 ? `, ${formatDuration(roundedSeconds((left / rate) * SECOND))} to go` : ', stalled';
  return `${formatSize(octets)} of ${formatSize(total)}, ${Math.floor(share * 100)} %, ${speed(rate)}${eta}`;
}

function speed(rate: Rate): string {
  return rate === 0 ? '0 B/s' : formatRate(rate);
}

function roundedSeconds(duration: Duration): Duration {
  return Math.max(1, Math.ceil(duration / SECOND)) * SECOND;
}

function sendWindow(view: View, { paint }: Canvas): string {
  const { connection: c } = view;
  const usable = Math.max(0, c.usable);
  const bar = paint('cyan', drawBar(c['SND.WND'], [c.flight, '#'], [usable, '-']));
  const parts = `${formatSize(c.flight)} in flight, ${formatSize(usable)} usable`;
  return `window ${formatSize(c['SND.WND'])} ${bar} ${parts}; ${formatSize(c.sendBuffered)} buffered`;
}

function receiveWindow(view: View, { paint }: Canvas): string {
  const { connection: c } = view;
  const bar = paint('cyan', drawBar(c['RCV.BUFF'], [c['RCV.USER'], '#'], [c['RCV.WND'], '-']));
  const parts = `${formatSize(c['RCV.USER'])} unread, ${formatSize(c['RCV.WND'])} offered`;
  return `buffer ${formatSize(c['RCV.BUFF'])} ${bar} ${parts}`;
}

/** What is there at all shows, be it ever so little. */
function drawBar(whole: number, ...parts: [size: number, mark: string][]): string {
  let bar = '';
  for (const [size, mark] of parts) {
    const cells = whole === 0 || size === 0 ? 0 : Math.max(1, Math.round((size / whole) * BAR));
    bar += mark.repeat(Math.min(cells, BAR - bar.length));
  }
  return `[${bar.padEnd(BAR, '.')}]`;
}

/** The window, and nothing nearer, holds it. */
function isHeld(view: View): boolean {
  const { reason, offering } = view.connection;
  return view.role === 'sender' ? reason !== 'sending' && reason !== 'window-full' : offering !== 'open';
}

interface Presently {
  what: string;
  why: string;
}

/** The present reason for silence, or what the receiver offers. */
function presently(view: View): Presently {
  const { connection: c } = view;
  if (view.role === 'receiver') return offered(view);
  const held = `${c.reason} for ${formatDuration(view.reasonFor)}`;
  if (c.reason === 'closing' && c.flight === 0) {
    return { what: held, why: 'all is acknowledged; the receiver is still reading' };
  }
  return { what: c.reason === 'zero-window' ? `${held}${probing(view)}` : held, why: REASON_MEANINGS[c.reason] };
}

function probing({ probes, nextProbe }: View): string {
  const next = nextProbe === undefined ? '' : formatDuration(nextProbe);
  if (probes === 0) return next === '' ? '' : `, the first probe in ${next}`;
  return `, ${probes} probe${probes === 1 ? '' : 's'} sent${next === '' ? '' : `, the next in ${next}`}`;
}

function offered(view: View): Presently {
  const held = formatDuration(view.offeringFor);
  switch (view.connection.offering) {
    case 'open':
      return {
        what: 'open',
        why: view.connection['RCV.USER'] === 0 ? 'all that came is read' : 'the sender may go on',
      };
    case 'withheld':
      return { what: `withheld for ${held}`, why: 'there is room, but too little to be worth offering (§3.8.6.2.2)' };
    case 'zero':
      return { what: `zero for ${held}`, why: 'the buffer is full, and the sender must wait' };
  }
}

function pacing(view: View): string[] {
  if (view.isEnding) return ['ending'];
  const verb = view.role === 'sender' ? 'writing' : 'reading';
  const by = view.isStopped ? `${verb} stopped by hand` : `${verb}: ${formatRate(view.pace)}`;
  const { place } = view;
  if (place !== undefined) {
    const left = place.left === NEVER ? '' : `, ${formatDuration(place.left)} left`;
    return [`${by} (phase ${place.index + 1} of ${place.count}${left})`];
  }
  return view.isStopped || view.pace !== Infinity ? [by] : [];
}

function silence(view: View): string[] {
  if (view.silence < LONG_SILENCE) return [];
  return [`the peer has said nothing for ${formatDuration(Math.floor(view.silence / SECOND) * SECOND)}`];
}
