// Links and rules as people write them: what they mean, and what is said of what means nothing.
import test from 'ava';
import { LINK_PROFILES, parseLink, parseRule, SEGMENT_CLASSES } from '../../src/link/index.ts';
import { MILLISECOND, NEVER, SECOND } from '../../src/tcp/index.ts';

const MS = MILLISECOND;

test('every setting of a link', (t) => {
  t.deepEqual(
    parseLink(
      'delay=20ms jitter=5ms:normal rate=10Mbit/s queue=64KiB loss=0.5% reorder=1%:10ms duplicate=0.1% corrupt=0.01',
    ),
    {
      delay: 20 * MS,
      jitter: { amount: 5 * MS, shape: 'normal', mayReorder: false },
      rate: 10_000_000,
      queue: { kind: 'drop-tail', segments: Infinity, octets: 65_536 },
      loss: { kind: 'bernoulli', probability: 0.005 },
      reordering: { probability: 0.01, by: 10 * MS },
      duplication: 0.001,
      corruption: 0.01,
    },
  );
  t.deepEqual(parseLink('loss=bursts:1%,25%,100%,0.1% queue=50seg codel=10ms,200ms outage=1s..2s,5s..6s'), {
    loss: { kind: 'gilbert-elliott', toBad: 0.01, toGood: 0.25, lossInBad: 1, lossInGood: 0.001 },
    queue: { kind: 'codel', target: 10 * MS, interval: 200 * MS, segments: 50, octets: Infinity },
    outages: [
      { from: SECOND, until: 2 * SECOND },
      { from: 5 * SECOND, until: 6 * SECOND },
    ],
  });
  t.deepEqual(parseLink('jitter=1ms:reorder').jitter, { amount: MS, shape: 'uniform', mayReorder: true });
});

test('a rate is in bits, with or without "/s"', (t) => {
  t.is(parseLink('rate=10Mbit').rate, 10_000_000);
  t.is(parseLink('rate=10Mbit/s').rate, 10_000_000);
  t.is(parseLink('rate=1MB/s').rate, 8_000_000);
});

test('a profile is a beginning, which later settings change', (t) => {
  const lte = LINK_PROFILES.get('lte')!;
  t.deepEqual(parseLink('profile=lte'), lte);
  t.deepEqual(parseLink('profile=lte delay=1ms'), { ...lte, delay: MS });
  for (const name of LINK_PROFILES.keys()) t.notThrows(() => parseLink(`profile=${name}`));
});

test('changes over time', (t) => {
  t.deepEqual(parseLink('delay=1ms; at 5s rate=1Mbit/s; at 10s delay=2ms;'), {
    delay: MS,
    changes: [
      { at: 5 * SECOND, set: { rate: 1_000_000 } },
      { at: 10 * SECOND, set: { delay: 2 * MS } },
    ],
  });
});

for (const [text, says] of [
  ['speed=1', /says nothing of a link.*delay/],
  ['delay', /says nothing of a link/],
  ['toString=1', /says nothing of a link/],
  ['delay=20', /"20" is not a time/],
  ['delay=-5ms', /is not a time/],
  ['rate=0Mbit', /no speed at all/],
  ['rate=fast', /is not a rate/],
  ['queue=0seg', /a queue holds at least/],
  ['queue=much', /is not a size/],
  ['loss=110%', /is not a probability/],
  ['loss=bursts:1%', /is no bursty loss/],
  ['jitter=1ms:gaussian', /no kind of jitter.*normal/],
  ['outage=3s', /is no outage/],
  ['outage=3s..2s', /ends after it begins/],
  ['profile=5g', /no link profile "5g".*lte/],
  ['delay=1ms; rate=1Mbit', /is no change of a link/],
  ['delay=1ms; at 5s', /is no change of a link/],
] as const) {
  test(`"${text}" is refused, and it is said why`, (t) => {
    t.throws(() => parseLink(text), { name: 'QuantityError', message: says });
  });
}

test('every clause of a rule', (t) => {
  const all = { kind: 'all' } as const;
  const rest = { by: 0, probability: 1, from: 0, until: NEVER };
  t.deepEqual(parseRule('drop out window-update nth 1'), {
    ...rest,
    action: 'drop',
    class: 'window-update',
    which: { kind: 'nth', numbers: [1] },
  });
  t.deepEqual(parseRule('drop ack nth 3,5').which, { kind: 'nth', numbers: [3, 5] });
  t.deepEqual(parseRule('corrupt text first 2').which, { kind: 'nth', numbers: [1, 2] });
  t.deepEqual(parseRule('drop data every 10').which, { kind: 'every', step: 10 });
  t.deepEqual(parseRule('duplicate data between 2s and 3s'), {
    ...rest,
    action: 'duplicate',
    class: 'data',
    which: all,
    from: 2 * SECOND,
    until: 3 * SECOND,
  });
  t.deepEqual(parseRule('delay fin by 2s with 50% from 1s until 9s'), {
    action: 'delay',
    class: 'fin',
    which: all,
    by: 2 * SECOND,
    probability: 0.5,
    from: SECOND,
    until: 9 * SECOND,
  });
  for (const name of SEGMENT_CLASSES) t.is(parseRule(`drop ${name}`).class, name);
});

for (const [text, says] of [
  ['', /is no rule.*drop/],
  ['lose ack', /is no rule/],
  ['drop', /names nothing.*window-update/],
  ['drop acks', /names acks/],
  ['drop in ack', /give this rule to the other side/],
  ['drop ack nth', /ends after "nth"/],
  ['drop ack nth 0', /is not a count/],
  ['drop ack nth 1.5', /is not a count/],
  ['drop ack first 9999999', /is not a count/],
  ['drop ack sometimes', /"sometimes", which means nothing/],
  ['delay ack', /by how much/],
  ['drop data between 2s 3s', /between 2s and 3s/],
] as const) {
  test(`"${text}" is no rule, and it is said why`, (t) => {
    t.throws(() => parseRule(text), { name: 'QuantityError', message: says });
  });
}
