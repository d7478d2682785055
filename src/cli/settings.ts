// From a command line to settings: flags over the configuration file over what holds otherwise.
import { readConfig, type TransferCommand } from './config.ts';
import { type CommonValues, type ConnectionValues, withProfile } from './connection-flags.ts';
import { usage } from './faults.ts';
import { type FlagTable, type Given, readFlags, type Values, writeFlags } from './flag.ts';
import { print } from './print.ts';

/** @throws Fault */
export async function readSettings<T extends FlagTable>(
  command: TransferCommand,
  table: T,
  argv: Given,
): Promise<Values<T>> {
  const file = typeof argv.config === 'string' ? argv.config : undefined;
  const config = file === undefined ? {} : await readConfig(file, command);
  return readFlags(table, argv, config, file);
}

/** `--print-config`: what `--config` takes back. Connection settings are shared; what one command alone has is not. */
export async function printSettings(
  command: TransferCommand,
  own: readonly string[],
  table: FlagTable,
  values: ConnectionValues & Given,
): Promise<void> {
  const { stringify } = await import('yaml');
  const shared: Record<string, unknown> = {};
  const section: Record<string, unknown> = {};
  for (const [name, text] of writeFlags(table, { ...values, ...withProfile(values) })) {
    const plain = text === 'true' || text === 'false' || /^\d+$/.test(text) ? (JSON.parse(text) as unknown) : text;
    (own.includes(name) ? section : shared)[name] = plain;
  }
  await print(stringify({ ...shared, [command]: section }));
}

/** Standard output can hold one thing. @throws Fault where two are asked of it */
export function checkOutput(values: CommonValues, out: string | undefined): void {
  const asked = [
    ...(out === '-' ? ['--out -'] : []),
    ...(values.record === '-' ? ['--record -'] : []),
    ...(values.json ? ['--json'] : []),
  ];
  if (asked.length > 1) {
    throw usage(
      `${asked.join(' and ')} all write to standard output: let only one of them, and give the others a file`,
    );
  }
}
