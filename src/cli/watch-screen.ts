// What `sash watch` draws: a few lines for each end and the events below, for any width; and the one line for a log.
import { formatDuration, formatRate, formatSize } from '../app/index.ts';
import { REASON_MEANINGS } from '../tcp/index.ts';
import { type Canvas } from './talk.ts';
import { type WatchedEnd } from './watch-end.ts';

/** All there is to show. */
export interface Scene {
  title: string;
  /** The run's clock. */
  nowNs: number;
  /** `live`, `replay 2×`, `paused`. */
  mode: string;
  ends: { end: WatchedEnd; windows: readonly number[]; rates: readonly number[] }[];
  /** What happened, the latest last. */
  events: readonly string[];
  /** What a person should know: lost connection, missed events. */
  note: string;
  keys: string;
}

/** Lines for a terminal of so many rows. */
export function screen(scene: Scene, { columns, paint }: Canvas, rows: number, isUnicode: boolean): string[] {
  const width = columns - 1;
  const head = `${paint('bold', scene.title)}  ${paint('dim', `${seconds(scene.nowNs)} · ${scene.mode}`)}`;
  const foot = [...(scene.note === '' ? [] : [paint('yellow', scene.note)]), paint('dim', scene.keys)];
  const lines = [head];
  const room = rows - 2 - foot.length;
  const shown = scene.ends.slice(0, Math.max(1, Math.floor(room / 8)));
  for (const one of shown) lines.push(...endLines(one, scene.nowNs, { width, paint, isUnicode }));
  const hidden = scene.ends.length - shown.length;
  if (hidden > 0) lines.push(paint('dim', `and ${hidden} more`));
  const left = rows - 1 - lines.length - foot.length;
  if (left > 1) {
    const latest = scene.events.slice(-(left - 1));
    lines.push(paint('dim', 'events'), ...latest.map((line) => `  ${line}`));
    for (let i = latest.length; i < left - 1; i++) lines.push('');
  }
  return [...lines, ...foot];
}

/** For a log. */
export function logLine({ nowNs, ends, note }: Scene): string {
  const parts = ends.map(
    ({ end, rates }) => `${end.label}: ${verdict(end, nowNs)} (${numbers(end)}, ${rate(rates.at(-1) ?? 0)})`,
  );
  return [`${seconds(nowNs)}  ${parts.join(' · ')}`, ...(note === '' ? [] : [note])].join(' · ');
}

interface Drawing {
  width: number;
  paint: Canvas['paint'];
  isUnicode: boolean;
}

function endLines(shown: Scene['ends'][number], nowNs: number, drawing: Drawing): string[] {
  const { end, windows, rates } = shown;
  const { width, paint, isUnicode } = drawing;
  const isHeld =
    end.role === 'sender' ? end.reason === 'zero-window' || end.reason === 'recovery' : end.offering !== 'open';
  const strip = Math.max(10, width - 40);
  const spark = Math.max(10, width - 22);
  return [
    `${paint('cyan', end.label)} ${paint('dim', `${end.path}  ${end.state}`)}`,
    `  ${paint(isHeld ? 'yellow' : 'green', verdict(end, nowNs))}`,
    `  ${end.role === 'sender' ? sendStrip(end, strip, paint) : receiveStrip(end, strip, paint)}`,
    `  ${end.role === 'sender' ? 'window' : 'unread'} ${sparkline(windows, spark, isUnicode)} ${formatSize(windows.at(-1) ?? 0)}`,
    `  ${end.role === 'sender' ? 'acked ' : 'read  '} ${sparkline(rates, spark, isUnicode)} ${rate(rates.at(-1) ?? 0)}`,
    `  ${paint('dim', numbers(end))}`,
    `  ${paint('dim', `timers ${timers(end, nowNs)}`)}`,
    '',
  ];
}

/** One sentence. */
export function verdict(end: WatchedEnd, nowNs: number): string {
  if (end.state === 'CLOSED' || end.state === 'TIME-WAIT') return 'the connection is over';
  return end.role === 'sender' ? sending(end, nowNs) : receiving(end, nowNs);
}

function sending(end: WatchedEnd, nowNs: number): string {
  if (end.reason === '') {
    if (end.sent + end.received === 0) return 'nothing has happened yet';
    return end.window === 0 ? 'the receiver offers nothing' : 'the capture does not say why it waits';
  }
  const held = formatDuration(rounded(nowNs - end.reasonSinceNs));
  if (end.reason !== 'zero-window') return `${end.reason} for ${held}: ${REASON_MEANINGS[end.reason]}`;
  const { persist } = end.timers;
  const next = persist === undefined ? '' : `, next probe in ${formatDuration(rounded(Math.max(0, persist - nowNs)))}`;
  return `blocked by the receiver's window for ${held}${next}`;
}

function receiving(end: WatchedEnd, nowNs: number): string {
  const held = formatDuration(rounded(nowNs - end.offeringSinceNs));
  switch (end.offering) {
    case 'zero':
      return `the buffer is full, and has been for ${held}: the sender must wait`;
    case 'withheld':
      return `there is room, but too little to be worth offering, for ${held}`;
    case 'open':
      return end.unread === 0 ? 'open: all that came is read' : 'open: the sender may go on';
    default:
      return '';
  }
}

/** acked | in flight | usable | not yet: a window and a half, the window a third in. */
function sendStrip(end: WatchedEnd, width: number, paint: Canvas['paint']): string {
  const span = Math.max(end.widest, end.flight, end.window, 1) * 1.5;
  const cells = (octets: number): number => (octets <= 0 ? 0 : Math.max(1, Math.round((octets / span) * width)));
  const acked = end.acknowledged === 0 ? 0 : Math.round(width / 8);
  const flight = Math.min(cells(end.flight), width - acked);
  const usable = Math.min(cells(end.window - end.flight), width - acked - flight);
  const queued = Math.min(cells(end.unsent - Math.max(0, end.window - end.flight)), width - acked - flight - usable);
  const rest = width - acked - flight - usable - queued;
  const bar =
    paint('dim', '='.repeat(acked)) +
    paint('cyan', '#'.repeat(flight)) +
    paint('green', '-'.repeat(usable)) +
    paint('yellow', '.'.repeat(queued)) +
    ' '.repeat(rest);
  return `${paint('dim', '[')}${bar}${paint('dim', ']')} = acked # flight - usable . not yet`;
}

function receiveStrip(end: WatchedEnd, width: number, paint: Canvas['paint']): string {
  const whole = Math.max(end.buffer, end.unread + end.offered, 1);
  const cells = (octets: number): number => (octets <= 0 ? 0 : Math.max(1, Math.round((octets / whole) * width)));
  const unread = Math.min(cells(end.unread), width);
  const offered = Math.min(cells(end.offered), width - unread);
  const bar =
    paint('cyan', '#'.repeat(unread)) + paint('green', '-'.repeat(offered)) + '.'.repeat(width - unread - offered);
  return `${paint('dim', '[')}${bar}${paint('dim', ']')} # unread - offered . withheld`;
}

const LEVELS = { unicode: ' ▁▂▃▄▅▆▇█', plain: ' _.-=+*%#' };

/** The latest on the right; what is there at all shows. */
export function sparkline(values: readonly number[], width: number, isUnicode: boolean): string {
  const levels = isUnicode ? LEVELS.unicode : LEVELS.plain;
  const latest = values.slice(-width);
  const most = Math.max(1, ...latest);
  const line = latest.map(
    (value) => levels[value <= 0 ? 0 : Math.max(1, Math.round((value / most) * (levels.length - 1)))]!,
  );
  return line.join('').padStart(width);
}

function numbers(end: WatchedEnd): string {
  const segments = `${end.sent} out ${end.received} in${end.again > 0 ? ` ${end.again} again` : ''}${end.probes > 0 ? ` ${end.probes} probes` : ''}`;
  const window =
    end.role === 'sender'
      ? `SND.WND ${end.window} flight ${end.flight} acked ${formatSize(end.acknowledged)}`
      : `RCV.WND ${end.offered} RCV.USER ${end.unread} of ${end.buffer} read ${formatSize(end.read)}`;
  const times = end.srtt === null || end.role === 'receiver' ? '' : ` srtt ${formatDuration(Math.round(end.srtt))}`;
  const cwnd = end.cwnd === null ? '' : ` cwnd ${end.cwnd}`;
  return `${window}${cwnd}${times} · ${segments}`;
}

function timers({ timers: running }: WatchedEnd, nowNs: number): string {
  const parts = Object.entries(running).map(
    ([name, at]) => `${name} in ${formatDuration(rounded(Math.max(0, at - nowNs)))}`,
  );
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function rate(octetsPerSecond: number): string {
  return octetsPerSecond <= 0 ? '0 B/s' : formatRate(octetsPerSecond);
}

function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(1)} s`;
}

/** To the millisecond: digits that change faster cannot be read. */
function rounded(ns: number): number {
  return Math.round(Math.max(0, ns) / 1e6) * 1e6;
}
