// MAY-18, another congestion control than RFC 5681's: CUBIC's window against RFC 9438's formulas, worked out here with the
// engine's own cube root.
import test from 'ava';
import { Cubic } from '../../src/tcp/index.ts';

const SECOND = 1_000_000_000;
const SMSS = 1_000;
const C = 0.4;
const BETA = 0.7;

/** Acknowledges a window's worth of segments in each round trip, and gives cwnd in segments after it. */
function* rounds(cubic: Cubic, rtt: number, from: number): Generator<{ t: number; before: number; cwnd: number }> {
  for (let now = from; ; now += rtt) {
    const before = cubic.cwnd / SMSS;
    const segments = Math.floor(before);
    for (let i = 0; i < segments; i++) {
      cubic.acknowledged(SMSS, true, rtt * SECOND, Math.round((now + (i * rtt) / segments) * SECOND));
    }
    yield { t: now + rtt - from, before, cwnd: cubic.cwnd / SMSS };
  }
}

/** A flow whose loss at `wMax` segments is just mended. */
function afterLoss(wMax: number): Cubic {
  const cubic = new Cubic();
  cubic.begin(SMSS, wMax * SMSS);
  cubic.lossFound(wMax * SMSS);
  cubic.lossMended(Infinity);
  return cubic;
}

test('a loss leaves 0.7 of the window', (t) => {
  const cubic = afterLoss(1_000);
  t.is(cubic.cwnd, 700_000);
  t.is(cubic.ssthresh, 700_000);
});

// Equations 1 and 2: W(t) = C (t - K)^3 + W_max, K = cbrt(W_max (1 - β) / C). At 1000 segments K = 9.086 s.
test('the window follows the cubic curve, concave to W_max at K, convex beyond it', (t) => {
  const wMax = 1_000;
  const k = Math.cbrt((wMax * (1 - BETA)) / C);
  const rtt = 0.1;
  let passes = 0;
  for (const { t: at, cwnd } of rounds(afterLoss(wMax), rtt, 5)) {
    if (at > 14) break;
    // cwnd approaches W(t + RTT) by a cwnd-th part with each segment (§4.4): it lies between the curve of a round trip ago and the next.
    const [low, high] = [at - rtt, at + rtt].map((x) => C * (x - k) ** 3 + wMax);
    t.true(cwnd >= low! * 0.999 && cwnd <= high! * 1.001, `at ${at} s: ${cwnd}, between ${low} and ${high}`);
    passes++;
  }
  t.true(passes > 130);
});

// §4.3: with short round trips and small windows the estimate of Reno's window is the larger one, and is what is used.
test('where Reno would be faster, it grows as fast as Reno', (t) => {
  const alpha = (3 * (1 - BETA)) / (1 + BETA);
  for (const { t: at, before, cwnd } of rounds(afterLoss(20), 0.01, 0)) {
    if (cwnd > 19.9) break;
    t.true(at < 1.5);
    // A round trip adds α segments, less what lies between a whole number of acknowledgments and the window.
    t.true(cwnd - before <= alpha * 1.001 && cwnd - before >= alpha * 0.85, `from ${before} to ${cwnd}`);
  }
});

// §4.3: once W_est has reached the window before the loss, α is 1.
test('beyond the window before the loss it grows by a segment in each round trip', (t) => {
  let seen = 0;
  for (const { t: at, before, cwnd } of rounds(afterLoss(20), 0.01, 0)) {
    if (at > 0.6) break;
    if (before < 20.5) continue;
    t.true(cwnd - before <= 1.001 && cwnd - before >= 0.9, `from ${before} to ${cwnd}`);
    seen++;
  }
  t.true(seen > 5);
});

// §4.7: W_max of a flow that lost before it got back is (1 + β) / 2 of what it had: there the curve is flat.
test('fast convergence: who loses early makes room', (t) => {
  const cubic = afterLoss(1_000); // 700 now
  cubic.lossFound(700 * SMSS);
  cubic.lossMended(Infinity);
  t.is(cubic.cwnd, 490_000);
  const wMax = 700 * ((1 + BETA) / 2);
  const k = Math.cbrt((wMax - 490) / C);
  for (const { t: at, cwnd } of rounds(cubic, 0.1, 0)) {
    if (at < k) continue;
    t.true(Math.abs(cwnd - wMax) < 1, `${cwnd}, flat at ${wMax}`);
    break;
  }
});

// §4.8: K = 0 and W_max = cwnd where the first congestion avoidance after a timeout begins.
test('after a timeout slow start up to ssthresh, then the curve from its flat middle on', (t) => {
  const cubic = afterLoss(1_000);
  cubic.timedOut(700 * SMSS, false);
  t.is(cubic.cwnd, SMSS);
  t.is(cubic.ssthresh, 490_000);
  let slow = 0;
  while (cubic.cwnd < cubic.ssthresh) {
    cubic.acknowledged(SMSS, true, 0.1 * SECOND, 0);
    slow++;
  }
  t.is(slow, 489);
  for (const { t: at, cwnd } of rounds(cubic, 0.1, 0)) {
    if (at > 3) break;
    const [low, high] = [Math.max(0, at - 0.1), at + 0.1].map((x) => C * x ** 3 + 490);
    const reno = 490 + ((3 * (1 - BETA)) / (1 + BETA)) * (at / 0.1); // W_est, which is the larger at first
    t.true(cwnd >= Math.max(low!, reno - 0.1) && cwnd <= Math.max(high!, reno + 0.1), `at ${at} s: ${cwnd}`);
  }
});

// §5.8: time in which something else limited the sender is not counted.
test('while cwnd limits nothing it stands still, and so does its clock', (t) => {
  const [busy, idle] = [afterLoss(1_000), afterLoss(1_000)];
  const take = (cubic: Cubic, from: number): number => {
    let last = 0;
    for (const { t: at, cwnd } of rounds(cubic, 0.1, from)) {
      last = cwnd;
      if (at > 2) break;
    }
    return last;
  };
  t.is(take(busy, 0), take(idle, 0));
  for (let now = 2.1; now < 50; now += 0.1) idle.acknowledged(SMSS, false, 0.1 * SECOND, Math.round(now * SECOND));
  t.true(Math.abs(take(busy, 2.1) - take(idle, 50)) < 1);
});
