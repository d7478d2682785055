// A capture made by hand: segments written down one by one, seen at one of the two ends, as pcapng. A opens the connection and
// B accepts it; sequence numbers are relative, times are milliseconds.
import { ABSENT, ACK, seq, Segment, SYN } from '../../src/tcp/index.ts';
import { CaptureReader, Linter, type LinterOptions, type Ruling } from '../../src/trace/index.ts';
import { Note } from '../../src/trace/note.ts';
import { PcapngWriter } from '../../src/trace/pcapng-writer.ts';
import { ipHeader } from '../../src/wire/index.ts';
import { join } from './pair.ts';

type Name = 'a' | 'b';

export interface Setting {
  near?: Name | 'neither';
  /** The capture is a recording of sash's own, with this configuration. */
  configuration?: object;
  mss?: number;
  shift?: number;
  sack?: boolean;
  timestamps?: boolean;
  /** B's buffer: the window of its SYN. */
  window?: number;
}

export interface Sent {
  seq?: number;
  length?: number;
  ack?: number;
  win?: number;
  flags?: number;
  sacks?: [number, number][];
  tsVal?: number;
  tsEcr?: number;
  windowScale?: number;
  mss?: number;
}

const ENDS = { a: { address: '192.0.2.1', port: 40_001 }, b: { address: '192.0.2.2', port: 9_293 } };
const ISS = { a: 0xffff_fff0, b: 0x7fff_fff0 };
const HEADERS = {
  a: ipHeader(ENDS.a.address, ENDS.b.address)!,
  b: ipHeader(ENDS.b.address, ENDS.a.address)!,
};

export class Staged {
  readonly setting: Required<Omit<Setting, 'configuration'>>;
  readonly #chunks: Uint8Array[] = [];
  readonly #writer: PcapngWriter;
  readonly #note = new Note();
  /** Octets of the file that are not as the writer makes them: by packet, what to do with its TCP header. */
  spoil: ((octets: Uint8Array) => void) | undefined = undefined;

  constructor({ configuration, ...given }: Setting = {}) {
    this.setting = { near: 'a', mss: 1_000, shift: 0, sack: true, timestamps: false, window: 4_000, ...given };
    this.#writer = new PcapngWriter((octets) => this.#chunks.push(octets.slice()), 'full', 1_700_000_000_000_000_000n);
    this.#writer.begin('test', 'made by hand');
    this.#writer.addInterface('here');
    if (configuration === undefined) return;
    const { near } = this.setting;
    const [local, remote] = near === 'b' ? [ENDS.b, ENDS.a] : [ENDS.a, ENDS.b];
    const text = JSON.stringify({
      version: 1,
      application: 'test',
      label: 'x',
      local,
      remote,
      epochNs: '1700000000000000000',
      configuration,
    });
    this.#writer.textRecord('recording', text, 0);
  }

  /** The handshake, 50 ms long, beginning at a time, in ms, with initial sequence numbers so far beyond the first ones. */
  opens(at = 0, beyond = { a: 0, b: 0 }): this {
    const { near, mss, shift, sack, timestamps, window } = this.setting;
    const both = { mss, windowScale: shift, ...(timestamps ? { tsVal: 1 } : {}) };
    const to = { a: 50, b: 0, neither: 25 }[near];
    const [a, b] = [beyond.a, beyond.b];
    this.#put('a', at, { seq: a, flags: SYN, win: 60_000, ...both, tsEcr: 0 }, sack);
    this.#put('b', at + to, { seq: b, flags: SYN | ACK, ack: a + 1, win: window, ...both, tsEcr: 1 }, sack);
    const stamps = timestamps ? { tsVal: 2, tsEcr: 1 } : {};
    return this.a(at + 50, { seq: a + 1, ack: b + 1, win: 60_000 >> shift, ...stamps });
  }

  a(at: number, sent: Sent): this {
    return this.#put('a', at, { seq: 1, ack: 1, win: 60_000 >> this.setting.shift, flags: ACK, ...sent }, false);
  }

  b(at: number, sent: Sent): this {
    return this.#put('b', at, { seq: 1, ack: 1, win: this.setting.window, flags: ACK, ...sent }, false);
  }

  get file(): Uint8Array {
    this.#writer.flush();
    const file = join(this.#chunks);
    this.spoil?.(file);
    return file;
  }

  /** What the rule says of that end. */
  ruling(rule: string, end: Name, options: LinterOptions = {}): Ruling {
    const linter = new Linter({ ...options, rules: [rule] });
    const reader = new CaptureReader(linter);
    reader.push(this.file);
    reader.end();
    const { address, port } = ENDS[end];
    const found = linter
      .reports()
      .at(-1)
      ?.rulings.find((ruling) => ruling.end === `${address}:${port}`);
    if (found === undefined) throw new Error(`there is no rule ${rule}`);
    return found;
  }

  #put(from: Name, at: number, sent: Sent, sackPermitted: boolean): this {
    const seg = segment(from, sent);
    seg.sackPermitted = sackPermitted;
    const { near } = this.setting;
    const passage = near === 'neither' ? 'passing' : near === from ? 'out' : 'in';
    this.#note.clear();
    this.#writer.packet(HEADERS[from], seg, passage, 'arrived', this.#note, Math.round(at * 1e6));
    return this;
  }
}

const NOTHING = {
  seq: 0,
  length: 0,
  ack: 0,
  win: 0,
  flags: ACK,
  mss: ABSENT,
  windowScale: ABSENT,
  sacks: [],
  tsEcr: 0,
};

function segment(from: Name, sent: Sent): Segment {
  const other = from === 'a' ? 'b' : 'a';
  const it = { ...NOTHING, ...sent };
  const seg = new Segment();
  seg.sourcePort = ENDS[from].port;
  seg.destinationPort = ENDS[other].port;
  seg.seq = seq(ISS[from] + it.seq);
  seg.flags = it.flags;
  seg.ack = seg.has(ACK) ? seq(ISS[other] + it.ack) : seq(0);
  seg.wnd = it.win;
  seg.mss = it.mss;
  seg.windowScale = it.windowScale;
  if (sent.tsVal !== undefined) {
    seg.tsVal = sent.tsVal;
    seg.tsEcr = it.tsEcr;
  }
  for (const [start, end] of it.sacks) seg.addSack(seq(ISS[other] + start), seq(ISS[other] + end));
  seg.text = new Uint8Array(it.length).fill(0x61);
  seg.textLength = it.length;
  return seg;
}
