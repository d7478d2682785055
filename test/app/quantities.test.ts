// Sizes, rates and times as people write them.
import test from 'ava';
import fc from 'fast-check';
import {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
  QuantityError,
  writeDuration,
  writeRate,
  writeSize,
} from '../../src/app/index.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

test('sizes are octets', (t) => {
  const sizes: [string, number][] = [
    ['1500', 1_500],
    ['17B', 17],
    ['64KiB', 65_536],
    ['1MB', 1_000_000],
    ['0.5KiB', 512],
    ['2GiB', 2 ** 31],
    ['1_000 KB', 1_000_000],
  ];
  for (const [text, octets] of sizes) t.is(parseSize(text), octets, text);
});

test('rates are octets per second, of bits an eighth', (t) => {
  const rates: [string, number][] = [
    ['1MB/s', 1e6],
    ['200KB/s', 2e5],
    ['1MiB/s', 2 ** 20],
    ['10Mbit/s', 1_250_000],
    ['10Mbps', 1_250_000],
    ['8bit/s', 1],
    ['1GBps', 1e9],
  ];
  for (const [text, rate] of rates) t.is(parseRate(text), rate, text);
});

test('times are nanoseconds', (t) => {
  const times: [string, number][] = [
    ['250ms', 250e6],
    ['1.5s', 1.5e9],
    ['2min', 120e9],
    ['1h', 3_600e9],
    ['40us', 40e3],
    ['40µs', 40e3],
    ['7ns', 7],
    ['0', 0],
  ];
  for (const [text, time] of times) t.is(parseDuration(text), time, text);
});

test('what is wrong is named, and an example shown', (t) => {
  const wrongs: [(text: string) => number, string, string][] = [
    [parseSize, 'big', '"big" is not a size: write a number and a unit, as in 64KiB or 1MB'],
    [parseSize, '-1KB', '"-1KB" is not a size: write a number and a unit, as in 64KiB or 1MB'],
    [parseSize, '64KiX', '"64KiX" is not a size: write a number and a unit, as in 64KiB or 1MB'],
    [parseSize, '64Kb', '"64Kb" is not a size: a small b may mean bits; write 64KB'],
    [parseSize, '0.3B', '"0.3B" is not a whole number of octets: write a number and a unit, as in 64KiB or 1500'],
    [parseRate, '100', '"100" is not a rate: write a number and a unit, as in 1MB/s or 10Mbit/s'],
    [parseRate, '1MB', '"1MB" is not a rate: write a number and a unit, as in 1MB/s or 10Mbit/s'],
    [parseRate, '1Mb/s', '"1Mb/s" is not a rate: a small b may mean bits; write MB/s for octets or Mbit/s for bits'],
    [parseRate, '0MB/s', '"0MB/s" is no speed at all: a rate is above zero, as in 1MB/s or 10Mbit/s'],
    [parseDuration, '5', '"5" is not a time: write a number and a unit, as in 250ms or 5s'],
    [parseDuration, '5 fortnights', '"5 fortnights" is not a time: write a number and a unit, as in 250ms or 5s'],
  ];
  for (const [parse, text, message] of wrongs) t.throws(() => parse(text), { instanceOf: QuantityError, message });
});

test('for people there are three digits and a unit', (t) => {
  t.is(formatSize(0), '0 B');
  t.is(formatSize(1_023), '1023 B');
  t.is(formatSize(1_024), '1 KiB');
  t.is(formatSize(64 * 2 ** 20), '64 MiB');
  t.is(formatSize(12_595), '12.3 KiB');
  t.is(formatSize(2 ** 20 - 1), '1 MiB');
  t.is(formatRate(8_170_000), '8.17 MB/s');
  t.is(formatRate(999_600), '1 MB/s');
  t.is(formatRate(Infinity), 'full');
  t.is(formatRate(0), 'stop');
  t.is(formatDuration(0), '0 ns');
  t.is(formatDuration(1_500), '1.5 µs');
  t.is(formatDuration(250e6), '250 ms');
  t.is(formatDuration(-250e6), '-250 ms', 'a clock may step back');
  t.is(formatDuration(3.02e9), '3.02 s');
  t.is(formatDuration(99.99e9), '1 min 40 s');
  t.is(formatDuration(3_780e9), '1 h 3 min');
  t.is(formatDuration(Infinity), 'never');
});

test('what programs write is read back exactly', (t) => {
  const octets = fc.nat({ max: 2 ** 45 });
  fc.assert(fc.property(octets, (size) => parseSize(writeSize(size)) === size));
  fc.assert(fc.property(octets, (time) => parseDuration(writeDuration(time)) === time));
  fc.assert(fc.property(octets, (rate) => rate === 0 || parseRate(writeRate(rate)) === rate));
  t.is(writeSize(65_536), '64KiB');
  t.is(writeRate(1_250_000), '1250KB/s');
  t.is(writeDuration(40e6), '40ms');
});
