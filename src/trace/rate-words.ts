// Octets per second in words.

/** `1.25 MB/s`: three digits, in powers of 1000. */
export function formatRate(octetsPerSecond: number): string {
  const units: readonly [number, string][] = [
    [1e9, 'GB/s'],
    [1e6, 'MB/s'],
    [1e3, 'kB/s'],
  ];
  for (const [size, name] of units) {
    if (octetsPerSecond >= size) return `${Number((octetsPerSecond / size).toPrecision(3))} ${name}`;
  }
  return `${Number(octetsPerSecond.toPrecision(3))} B/s`;
}
