// What the books predict: one pure function per law, with its formula and its source. Sizes are octets, times seconds, rates
// octets per second. A scenario names one of them, and its prediction stands beside each measurement.
import { pow } from '../src/tcp/index.ts';
import { type Kind } from './scenario/quantity.ts';

/** Octets of IPv4 and TCP header without options. */
const HEADERS = 40;

export interface Theory {
  /** The formula, for people. */
  formula: string;
  source: string;
  takes: Readonly<Record<string, Kind>>;
  gives: Kind;
  /** One value, or a series. `of` gives an argument by its name. */
  predict(of: (name: string) => number): number | number[];
}

const MATHIS = 'Mathis, Semke, Mahdavi, Ott: The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm, 1997';
const PADHYE = 'Padhye, Firoiu, Towsley, Kurose: Modeling TCP Throughput, SIGCOMM 1998, equation 32';

export const THEORIES: Readonly<Record<string, Theory>> = {
  'window-law': {
    formula: '⌊W / MSS⌋ · MSS / R: a sender that avoids silly windows leaves the odd octets of the window unused',
    source: 'RFC 9293 §3.8.6.2.1; one window each round trip',
    takes: { window: 'size', mss: 'size', rtt: 'time' },
    gives: 'rate',
    predict: (of) => (Math.floor(of('window') / of('mss')) * of('mss')) / of('rtt'),
  },
  crossover: {
    formula:
      'min(C · MSS / (MSS + 40), ⌊W / MSS⌋ · MSS / (R + (MSS + 40) / C)): the knee lies at the bandwidth-delay product',
    source: 'Stevens, TCP/IP Illustrated 1, §20.7 and §24.3',
    takes: { window: 'size', mss: 'size', rtt: 'time', rate: 'rate' },
    gives: 'rate',
    predict: (of) => {
      const wire = of('mss') + HEADERS;
      const windowed = (Math.floor(of('window') / of('mss')) * of('mss')) / (of('rtt') + wire / of('rate'));
      return Math.min((of('rate') * of('mss')) / wire, windowed);
    },
  },
  'scale-needed': {
    formula: 'the least s with W ≤ 65535 · 2^s, at most 14',
    source: 'RFC 7323 §2.3',
    takes: { window: 'size' },
    gives: 'number',
    predict: (of) => {
      let shift = 0;
      while (shift < 14 && Math.floor(of('window') / 2 ** shift) > 65_535) shift++;
      return shift;
    },
  },
  'scale-rounding': {
    formula: '⌊W / 2^s⌋ · 2^s',
    source: 'RFC 7323 §2.3',
    takes: { window: 'size', shift: 'number' },
    gives: 'size',
    predict: (of) => Math.floor(of('window') / 2 ** of('shift')) * 2 ** of('shift'),
  },
  'stop-and-wait': {
    formula: 'n · L / (R + L / C), n segments of L octets on the wire each round',
    source: 'Kurose, Ross: Computer Networking, §3.4.2',
    takes: { length: 'size', rtt: 'time', rate: 'rate', segments: 'number' },
    gives: 'rate',
    predict: (of) => (of('segments') * of('length')) / (of('rtt') + of('length') / of('rate')),
  },
  'send-buffer-law': {
    formula: 'B / R: no more than the send buffer holds is in flight',
    source: 'RFC 9293 §3.9.1.2: octets are kept until they are acknowledged',
    takes: { buffer: 'size', rtt: 'time' },
    gives: 'rate',
    predict: (of) => of('buffer') / of('rtt'),
  },
  'delayed-round': {
    formula: 'W / (R + T): a lone segment waits for the delayed acknowledgment in every round',
    source: 'RFC 9293 §3.8.6.3',
    takes: { window: 'size', rtt: 'time', delay: 'time' },
    gives: 'rate',
    predict: (of) => of('window') / (of('rtt') + of('delay')),
  },
  'probe-times': {
    formula: 'probe k leaves at the sum of min(RTO · 2^i, cap), i = 0 … k: RTO · (2^(k+1) - 1) while under the cap',
    source: 'RFC 9293 §3.8.6.1 (SHLD-29, SHLD-30)',
    takes: { rto: 'time', cap: 'time', count: 'number' },
    gives: 'time',
    predict: (of) => probeTimes(of('rto'), of('cap'), of('count')),
  },
  'probe-count': {
    formula: '⌊log2(H / RTO + 1)⌋ probes while the window is shut for H, under the cap',
    source: 'RFC 9293 §3.8.6.1 (SHLD-29, SHLD-30)',
    takes: { hold: 'time', rto: 'time' },
    gives: 'number',
    predict: (of) => {
      let count = 0;
      while (of('rto') * (2 ** (count + 1) - 1) <= of('hold')) count++;
      return count;
    },
  },
  'lost-window-time': {
    formula: 'the first probe after the update was sent finds the window open: RTO · (2^n - 1) ≥ H, and a round trip',
    source: 'RFC 9293 §3.8.6.1',
    takes: { hold: 'time', rto: 'time', rtt: 'time' },
    gives: 'time',
    predict: (of) => {
      let at = of('rto');
      for (let gap = 2 * of('rto'); at < of('hold'); gap *= 2) at += gap;
      return at + of('rtt');
    },
  },
  efficiency: {
    formula: 'n / (n + 40)',
    source: 'RFC 896; RFC 813 §2',
    takes: { text: 'size' },
    gives: 'number',
    predict: (of) => of('text') / (of('text') + HEADERS),
  },
  'nagle-delayed-ack': {
    formula: '2 · R + T: the second write waits for the acknowledgment of the first, which waits for company',
    source: "Minshall, Saito, Mogul, Verghese: Application Performance Pitfalls and TCP's Nagle Algorithm, 2000",
    takes: { rtt: 'time', delay: 'time' },
    gives: 'time',
    predict: (of) => 2 * of('rtt') + of('delay'),
  },
  keystrokes: {
    formula: '1 + ⌈(N - 1) · τ / R⌉ segments where τ < R, else one for each of the N',
    source: 'RFC 896',
    takes: { count: 'number', every: 'time', rtt: 'time' },
    gives: 'number',
    predict: (of) => Math.min(of('count'), 1 + Math.ceil(((of('count') - 1) * of('every')) / of('rtt'))),
  },
  'standing-queue': {
    formula: 'W / C: what the window holds beyond the pipe waits in the queue',
    source: 'Gettys, Nichols: Bufferbloat, 2011',
    takes: { window: 'size', rate: 'rate', mss: 'size' },
    gives: 'time',
    predict: (of) => (Math.floor(of('window') / of('mss')) * (of('mss') + HEADERS)) / of('rate'),
  },
  'queue-beyond-pipe': {
    formula: 'W - C · R, in octets on the wire',
    source: 'Gettys, Nichols: Bufferbloat, 2011',
    takes: { window: 'size', rate: 'rate', rtt: 'time', mss: 'size' },
    gives: 'size',
    predict: (of) => Math.floor(of('window') / of('mss')) * (of('mss') + HEADERS) - of('rate') * of('rtt'),
  },
  'fill-time': {
    formula: 'B / (X - r): a buffer filled at X and emptied at r',
    source: 'conservation of octets',
    takes: { buffer: 'size', written: 'rate', read: 'rate' },
    gives: 'time',
    predict: (of) => of('buffer') / (of('written') - of('read')),
  },
  'slow-start-rounds': {
    formula: 'the least n with the sum of min(IW · 2^i, W), i < n, at least the octets to send',
    source: 'RFC 5681 §3.1, RFC 6928',
    takes: { initial: 'size', window: 'size', octets: 'size' },
    gives: 'number',
    predict: (of) => {
      let rounds = 0;
      let sent = 0;
      for (let cwnd = of('initial'); sent < of('octets'); cwnd *= 2) {
        sent += Math.min(cwnd, of('window'));
        rounds++;
      }
      return rounds;
    },
  },
  'rto-series': {
    formula: 'SRTT = R; RTTVAR = R/2, then ¾ of it with each sample; RTO = max(floor, SRTT + 4 · RTTVAR)',
    source: 'RFC 6298 §2',
    takes: { rtt: 'time', floor: 'time', count: 'number' },
    gives: 'time',
    predict: (of) =>
      Array.from({ length: of('count') }, (_, i) => Math.max(of('floor'), of('rtt') * (1 + 2 * pow(0.75, i)))),
  },
  mathis: {
    formula: 'MSS / R · √(3 / (2 b p)), b segments an acknowledgment',
    source: MATHIS,
    takes: { mss: 'size', rtt: 'time', loss: 'number', every: 'number' },
    gives: 'rate',
    predict: (of) => (of('mss') / of('rtt')) * Math.sqrt(3 / (2 * of('every') * of('loss'))),
  },
  padhye: {
    formula: 'MSS · min(Wm / R, 1 / (R √(2bp/3) + T0 · min(1, 3 √(3bp/8)) · p (1 + 32 p²)))',
    source: PADHYE,
    takes: { mss: 'size', rtt: 'time', loss: 'number', every: 'number', timeout: 'time', segments: 'number' },
    gives: 'rate',
    predict: (of) => {
      const p = of('loss');
      const b = of('every');
      const silent = of('timeout') * Math.min(1, 3 * Math.sqrt((3 * b * p) / 8)) * p * (1 + 32 * p * p);
      const perSegment = of('rtt') * Math.sqrt((2 * b * p) / 3) + silent;
      return of('mss') * Math.min(of('segments') / of('rtt'), 1 / perSegment);
    },
  },
  'wrap-time': {
    formula: '2^31 / B: the time in which half the sequence space is used up',
    source: 'RFC 1185 §1.2, RFC 7323 §5.1',
    takes: { rate: 'rate' },
    gives: 'time',
    predict: (of) => 2 ** 31 / of('rate'),
  },
};

function probeTimes(rto: number, cap: number, count: number): number[] {
  const times: number[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    at += Math.min(rto * 2 ** k, cap);
    times.push(at);
  }
  return times;
}
