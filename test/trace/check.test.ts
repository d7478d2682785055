// The linter: each rule passes where its clause is kept and fails where it is broken, and is not judged where it cannot be.
import test from 'ava';
import { ACK, FIN, PSH, RST, SYN } from '../../src/tcp/index.ts';
import { RULES } from '../../src/trace/index.ts';
import { check } from './checking.ts';
import { type Setting, Staged } from './staged.ts';

interface Case {
  end: 'a' | 'b';
  near?: 'a' | 'b';
  setting?: Setting;
  keeps: (on: Staged) => unknown;
  breaks: (on: Staged) => unknown;
}

const FULL = { length: 1_000 };
/** A sends the whole window of 4000, B takes it and shuts the window at 200 ms. */
function shut(on: Staged): Staged {
  for (let n = 0; n < 4; n++) on.a(60 + n, { seq: 1 + 1_000 * n, ...FULL });
  return on.b(on.setting.near === 'a' ? 110 : 64, { ack: 4_001, win: 0 });
}

const CASES: Readonly<Record<string, Case>> = {
  'SND.WND': {
    end: 'a',
    keeps: (on) => shut(on).a(1_200, { seq: 4_001, length: 1 }),
    breaks: (on) => shut(on).a(1_200, { seq: 4_001, length: 2 }),
  },
  'SHLD-15': {
    end: 'a',
    keeps: (on) =>
      on
        .a(60, FULL)
        .b(110, { ack: 1_001, win: 1_000 })
        .a(120, { seq: 1_001, ...FULL }),
    breaks: (on) =>
      on
        .a(60, FULL)
        .b(110, { ack: 1_001, win: 1_000 })
        .a(120, { seq: 1_001, ...FULL })
        .a(121, { seq: 2_001, ...FULL }),
  },
  'MUST-38': {
    end: 'a',
    keeps: (on) =>
      shut(on)
        .b(200, { ack: 4_001, win: 1_000 })
        .a(201, { seq: 4_001, ...FULL }),
    breaks: (on) => shut(on).b(120, { ack: 4_001, win: 100 }).a(121, { seq: 4_001, length: 100 }),
  },
  'SHLD-7': {
    end: 'a',
    setting: { configuration: { nagle: 'nagle' } },
    keeps: (on) =>
      on.a(60, FULL).a(61, { seq: 1_001, length: 10 }).b(120, { ack: 1_011 }).a(121, { seq: 1_011, length: 10 }),
    breaks: (on) => on.a(60, FULL).a(61, { seq: 1_001, length: 10 }).a(62, { seq: 1_011, length: 10 }),
  },
  'MUST-16': {
    end: 'a',
    setting: { configuration: {} },
    keeps: (on) => on.a(60, FULL),
    breaks: (on) => on.a(60, { length: 1_001 }),
  },
  'after-fin': {
    end: 'a',
    keeps: (on) => on.a(60, { length: 10, flags: FIN | ACK }).a(300, { length: 10, flags: FIN | ACK }),
    breaks: (on) => on.a(60, { length: 10, flags: FIN | ACK }).a(70, { seq: 12, length: 10 }),
  },
  'MUST-36': {
    end: 'a',
    keeps: (on) =>
      shut(on)
        .a(1_110, { seq: 4_001, length: 1 })
        .b(9_000, { ack: 4_001 })
        .a(9_001, { seq: 4_001, ...FULL }),
    breaks: (on) =>
      shut(on)
        .b(9_000, { ack: 4_001 })
        .a(9_001, { seq: 4_001, ...FULL }),
  },
  'SHLD-29': {
    end: 'a',
    keeps: (on) => shut(on).a(1_110, { seq: 4_001, length: 1 }),
    breaks: (on) => shut(on).a(115, { seq: 4_001, length: 1 }),
  },
  'SHLD-30': {
    end: 'a',
    keeps: (on) => probes(shut(on), [1_110, 3_110, 7_110, 15_110]),
    breaks: (on) => probes(shut(on), [1_110, 2_110, 3_110, 4_110]),
  },
  'probe-answered': {
    end: 'b',
    near: 'b',
    keeps: (on) =>
      shut(on).a(1_110, { seq: 4_001, length: 1 }).b(1_111, { ack: 4_001, win: 0 }).a(9_000, { seq: 4_001, length: 1 }),
    breaks: (on) => shut(on).a(1_110, { seq: 4_001, length: 1 }).a(3_110, { seq: 4_001, length: 1 }),
  },
  'MUST-28': {
    end: 'a',
    setting: { configuration: {} },
    keeps: (on) => on.a(60, FULL).b(110, { ack: 1_001 }).a(7_300_000, { seq: 1_000 }),
    breaks: (on) => on.a(60, FULL).b(110, { ack: 1_001 }).a(60_000, { seq: 1_000 }),
  },
  'SHLD-14': {
    end: 'b',
    near: 'b',
    keeps: (on) => on.a(60, FULL).b(60.1, { ack: 1_001, win: 3_000 }),
    breaks: (on) => on.a(60, FULL).b(60.1, { ack: 1_001, win: 2_999 }),
  },
  'MUST-39': {
    end: 'b',
    near: 'b',
    keeps: (on) => shut(on).b(500, { ack: 4_001, win: 1_000 }),
    breaks: (on) => shut(on).b(500, { ack: 4_001, win: 200 }),
  },
  'RCV.BUFF': {
    end: 'b',
    near: 'b',
    keeps: (on) => on.a(60, FULL).b(90, { ack: 1_001, win: 3_000 }),
    breaks: (on) => on.a(60, FULL).b(90, { ack: 1 }),
  },
  'MUST-40': {
    end: 'b',
    near: 'b',
    keeps: (on) => on.a(60, FULL).b(559, { ack: 1_001 }),
    breaks: (on) => on.a(60, FULL).b(560, { ack: 1_001 }),
  },
  'SHLD-19': {
    end: 'b',
    near: 'b',
    setting: { configuration: {} },
    keeps: (on) =>
      on
        .a(60, FULL)
        .a(61, { seq: 1_001, ...FULL })
        .b(61.1, { ack: 2_001 })
        .a(62, { seq: 2_001, ...FULL }),
    breaks: (on) =>
      on
        .a(60, FULL)
        .a(61, { seq: 1_001, ...FULL })
        .a(62, { seq: 2_001, ...FULL }),
  },
  'duplicate-ack': {
    end: 'b',
    near: 'b',
    keeps: (on) =>
      on
        .a(60, { seq: 1_001, ...FULL })
        .b(60.1, { ack: 1 })
        .a(200, FULL),
    breaks: (on) => on.a(60, { seq: 1_001, ...FULL }).a(200, FULL),
  },
  'sack-blocks': {
    end: 'b',
    near: 'b',
    keeps: (on) => on.a(60, { seq: 1_001, ...FULL }).b(60.1, { ack: 1, sacks: [[1_001, 2_001]] }),
    breaks: (on) => on.a(60, { seq: 1_001, ...FULL }).b(60.1, { ack: 1, sacks: [[1_001, 3_001]] }),
  },
  'ack-forward': {
    end: 'b',
    near: 'b',
    keeps: (on) => on.a(60, FULL).b(61, { ack: 1_001, win: 3_000 }).b(62, { ack: 1_001, win: 4_000 }),
    breaks: (on) => on.a(60, FULL).b(61, { ack: 1_001, win: 3_000 }).b(62, { ack: 501, win: 3_500 }),
  },
  'MUST-19': {
    end: 'a',
    keeps: (on) => on.a(60, FULL).a(1_060, FULL).a(3_060, FULL).a(7_060, FULL),
    breaks: (on) => on.a(60, FULL).a(1_060, FULL).a(2_060, FULL).a(3_060, FULL),
  },
  'rto-least': {
    end: 'a',
    keeps: (on) =>
      rounds(on)
        .a(300, { seq: 2_001, ...FULL })
        .a(500, { seq: 2_001, ...FULL }),
    breaks: (on) =>
      rounds(on)
        .a(300, { seq: 2_001, ...FULL })
        .a(330, { seq: 2_001, ...FULL }),
  },
  'fast-retransmit': {
    end: 'a',
    keeps: (on) => threeDuplicates(on).a(114, FULL),
    breaks: (on) => threeDuplicates(on).a(1_060, FULL),
  },
  'scale-14': {
    end: 'a',
    keeps: () => {},
    breaks: (on) => on.a(60, { windowScale: 3 }),
  },
  'syn-window': {
    end: 'b',
    setting: { shift: 7, window: 128 },
    keeps: (on) => on.a(60, { length: 10 }).b(110, { ack: 11, win: 128 }),
    breaks: (on) => on.b(110, { ack: 1, win: 128 }),
  },
  'MUST-65': {
    end: 'a',
    keeps: () => {},
    breaks: (on) => on.a(60, { mss: 1_000 }),
  },
  'timestamps-kept': {
    end: 'a',
    setting: { timestamps: true },
    keeps: (on) => on.a(60, { tsVal: 3, tsEcr: 1, ...FULL }),
    breaks: (on) => on.a(60, FULL),
  },
  'timestamps-echo': {
    end: 'a',
    setting: { timestamps: true },
    keeps: (on) => on.a(60, { tsVal: 3, tsEcr: 1, ...FULL }),
    breaks: (on) => on.a(60, { tsVal: 3, tsEcr: 2, ...FULL }),
  },
  'timestamps-forward': {
    end: 'a',
    setting: { timestamps: true },
    keeps: (on) => on.a(60, { tsVal: 2, tsEcr: 1, ...FULL }),
    breaks: (on) => on.a(60, { tsVal: 1, tsEcr: 1, ...FULL }),
  },
  'SHLD-31': {
    end: 'b',
    near: 'b',
    keeps: (on) => gap(on).b(90, { ack: 2_001, win: 2_000 }),
    breaks: (on) => gap(on).b(90, { ack: 1_001, win: 3_000 }),
  },
  'MUST-61': {
    end: 'a',
    keeps: (on) =>
      on
        .a(60, { ...FULL, flags: ACK | PSH })
        .b(110, { ack: 1_001 })
        .a(3_000, { seq: 1_001, ...FULL }),
    breaks: (on) =>
      on
        .a(60, FULL)
        .b(110, { ack: 1_001 })
        .a(3_000, { seq: 1_001, ...FULL }),
  },
  'MUST-29': {
    end: 'a',
    keeps: (on) =>
      asks(on)
        .a(10_200, { seq: 1_000 })
        .a(13_000, { seq: 1_001, flags: RST | ACK }),
    breaks: (on) => asks(on).a(10_200, { seq: 1_001, flags: RST | ACK }),
  },
  'MUST-8': {
    end: 'a',
    keeps: (on) => closed(on).opens(10_000, { a: 5_000, b: 5_000 }),
    breaks: (on) => closed(on).opens(10_000, { a: 500, b: 5_000 }),
  },
  'reset-exact': {
    end: 'a',
    keeps: (on) => on.a(60, FULL).b(100, { seq: 11, flags: RST }).a(100, { seq: 1_001 }).b(150, { ack: 1_001 }),
    breaks: (on) =>
      on.a(60, FULL).b(100, { seq: 11, flags: RST }).b(150, { ack: 1_001 }).a(150, { seq: 1_001, flags: RST }),
  },
  'MUST-13': {
    end: 'a',
    keeps: (on) => bothClose(on).a(1_110.1, { seq: 2, ack: 2 }),
    breaks: (on) => bothClose(on).a(1_110.1, { seq: 2, flags: RST }),
  },
  'MUST-46': {
    end: 'a',
    keeps: () => {},
    breaks: (on) => {
      on.opens(100, { a: 10_000, b: 10_000 });
      on.spoil = (file) => addressAnew(file, 224);
    },
  },
  'MUST-68': {
    end: 'a',
    setting: { timestamps: true },
    keeps: (on) => on.a(60, { tsVal: 3, tsEcr: 1, ...FULL }),
    breaks: (on) => {
      on.a(60, { tsVal: 3, tsEcr: 1, ...FULL });
      on.spoil = (file) => void (file[lastText(file) - 9] = 1);
    },
  },
  'MUST-69': {
    end: 'a',
    setting: { timestamps: true },
    keeps: (on) => {
      on.a(60, { tsVal: 3, tsEcr: 1, ...FULL });
      on.spoil = (file) => void file.fill(0, lastText(file) - 12, lastText(file));
    },
    breaks: (on) => {
      on.a(60, { tsVal: 3, tsEcr: 1, ...FULL });
      on.spoil = (file) => void (file[lastText(file) - 12] = 0);
    },
  },
  'reserved-bits': {
    end: 'a',
    keeps: (on) => on.a(60, FULL),
    breaks: (on) => {
      on.a(60, FULL);
      on.spoil = (file) => spoilLast(file, 12, 0x08);
    },
  },
  'MUST-2': {
    end: 'a',
    keeps: (on) => on.a(60, FULL),
    breaks: (on) => {
      on.a(60, FULL);
      on.spoil = (file) => spoilLast(file, 17, 0x01);
    },
  },
};

function probes(on: Staged, times: readonly number[]): Staged {
  for (const at of times) on.a(at, { seq: 4_001, length: 1 }).b(at + 50, { ack: 4_001, win: 0 });
  return on;
}

function rounds(on: Staged): Staged {
  return on
    .a(60, FULL)
    .b(160, { ack: 1_001 })
    .a(161, { seq: 1_001, ...FULL })
    .b(261, { ack: 2_001 });
}

function threeDuplicates(on: Staged): Staged {
  for (let n = 0; n < 4; n++) on.a(60 + n, { seq: 1 + 1_000 * n, ...FULL });
  for (let n = 2; n <= 4; n++) on.b(108 + n, { sacks: [[1_001, 1_000 * n + 1]] });
  return on;
}

/** What is beyond a gap comes first. */
function gap(on: Staged): Staged {
  return on
    .a(60, { seq: 1_001, ...FULL })
    .b(60.1, { ack: 1, sacks: [[1_001, 2_001]] })
    .a(80, FULL);
}

/** A question about a silent peer, at 9 s. */
function asks(on: Staged): Staged {
  return on.a(60, FULL).b(110, { ack: 1_001 }).a(9_000, { seq: 1_000 });
}

/** A has sent 1000 octets, and B has reset the connection. */
function closed(on: Staged): Staged {
  return on.a(60, FULL).b(110, { ack: 1_001 }).b(111, { flags: RST });
}

/** A closes first, then B, whose FIN comes once more. */
function bothClose(on: Staged): Staged {
  return on
    .a(60, { flags: FIN | ACK })
    .b(110, { ack: 2, flags: FIN | ACK })
    .a(110.1, { seq: 2, ack: 2 })
    .b(1_110, { ack: 2, flags: FIN | ACK });
}

/** Where the text of the last packet begins, which is of one letter. */
function lastText(file: Uint8Array): number {
  return file.lastIndexOf(0x61) - 999;
}

/** B's address in the packets to it, from their first octet on. */
function addressAnew(file: Uint8Array, first: number): void {
  for (let at = 0; at + 8 < file.length; at++) {
    const isBs = [192, 0, 2, 1, 192, 0, 2, 2].every((octet, i) => file[at + i] === octet);
    if (isBs) file[at + 4] = first;
  }
}

/** Changes an octet of the TCP header of the last packet: it stands before the text, which is of one letter. */
function spoilLast(file: Uint8Array, at: number, by: number): void {
  file[lastText(file) - 20 + at]! ^= by;
}

test('every rule has a capture that keeps it and one that breaks it', (t) => {
  t.deepEqual(Object.keys(CASES).toSorted(), RULES.map(({ id }) => id).toSorted());
});

for (const [rule, { end, near = 'a', setting = {}, keeps, breaks }] of Object.entries(CASES)) {
  test(`${rule}: kept, and broken`, (t) => {
    const good = new Staged({ near, ...setting }).opens();
    keeps(good);
    const kept = good.ruling(rule, end);
    t.is(kept.verdict, 'pass', JSON.stringify(kept));
    const bad = new Staged({ near, ...setting }).opens();
    breaks(bad);
    const found = bad.ruling(rule, end);
    t.is(found.verdict, 'fail', JSON.stringify(found));
    t.true(found.failed >= 1);
    t.true(found.examples[0]!.packet >= 4, 'the packet is named');
  });
}

test('what cannot be judged from elsewhere is not judged', (t) => {
  for (const { id, where } of RULES) {
    if (where !== 'at-the-end') continue;
    const { end, setting: { configuration: _, ...setting } = {}, breaks } = CASES[id]!;
    const on = new Staged({ ...setting, near: 'neither' }).opens();
    breaks(on);
    t.not(on.ruling(id, end).verdict, 'fail', id);
  }
});

test('somebody who knows better says where a capture was taken', (t) => {
  const on = new Staged({ near: 'neither' }).opens().a(60, FULL).b(700, { ack: 1_001 });
  t.is(on.ruling('MUST-40', 'b').verdict, 'cannot tell from here');
  t.is(on.ruling('MUST-40', 'b', { vantage: 'receiver' }).verdict, 'fail');
  t.is(on.ruling('MUST-40', 'b', { vantage: 'sender' }).verdict, 'cannot tell from here');
});

test('without the handshake windows cannot be judged, and other rules can', (t) => {
  const on = new Staged({ near: 'b' }).a(60, FULL).b(60.1, { ack: 1_001, win: 10 }).b(61, { ack: 1_001, win: 5 });
  t.is(on.ruling('SHLD-14', 'b').verdict, 'cannot tell from here');
  t.is(on.ruling('ack-forward', 'b').verdict, 'pass');
});

test('nothing that a file holds makes a rule throw', (t) => {
  const { file } = new Staged()
    .opens()
    .a(60, { length: 10, flags: SYN | FIN | ACK })
    .b(61, { ack: 5, sacks: [[9, 2]] });
  for (let at = 0; at < file.length; at += 7) {
    const damaged = file.slice();
    damaged[at]! ^= 0xff;
    t.notThrows(() => check(damaged));
  }
});
