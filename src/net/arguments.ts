// The many ways in which `connect` and `listen` may be called, brought into one.
import { invalidValue } from './errors.ts';
import { type ListenOptions, type SocketConnectOptions } from './options.ts';

export type ConnectArguments =
  | [options: SocketConnectOptions, connected?: (() => void) | undefined]
  | [port: number | string, connected?: () => void]
  | [port: number | string, host: string, connected?: () => void];

export type ListenArguments =
  | [options: ListenOptions, listening?: () => void]
  | [port?: number | string | null, listening?: () => void]
  | [port: number | string | undefined, backlog: number, listening?: () => void]
  | [port: number | string | undefined, host: string, listening?: () => void]
  | [port: number | string | undefined, host: string | undefined, backlog?: number, listening?: () => void]
  | [listening: () => void];

/** Options and callback, however they were given. */
export function connectArguments(args: readonly unknown[]): [Partial<SocketConnectOptions>, (() => void) | undefined] {
  return [refusePath(named(args) as Partial<SocketConnectOptions>), callbackOf(args)];
}

/** Options and callback; a backlog may be the second or the third argument. */
export function listenArguments(args: readonly unknown[]): [ListenOptions, (() => void) | undefined] {
  const options = refusePath(named(args) as ListenOptions);
  const backlog = options.backlog || natural(args[1]) || natural(args[2]);
  const isAnyPort = args.length === 0 || typeof args[0] === 'function' || ('port' in options && options.port == null);
  if (!isAnyPort && typeof options.port !== 'number' && typeof options.port !== 'string') {
    const isPortless = !('port' in options) && !('path' in options);
    throw invalidValue('options', args[0], isPortless ? 'must have the property "port" or "path"' : 'is invalid');
  }
  return [{ ...options, ...(isAnyPort ? { port: 0 } : {}), ...(backlog ? { backlog } : {}) }, callbackOf(args)];
}

function named(args: readonly unknown[]): object {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return first;
  if (typeof first === 'string' && natural(first) === undefined) return { path: first };
  if (args.length === 0) return {};
  return { port: first, ...(typeof second === 'string' ? { host: second } : {}) };
}

function callbackOf(args: readonly unknown[]): (() => void) | undefined {
  const last = args.at(-1);
  return typeof last === 'function' ? (last as () => void) : undefined;
}

function natural(value: unknown): number | undefined {
  if (typeof value === 'function' || value === undefined) return undefined;
  const number = Number(value);
  return number >= 0 ? number : undefined;
}

/** Segments go from port to port and a recording wants addresses: a path has neither, nor can a descriptor be shared. */
function refusePath<Options extends object>(options: Options): Options {
  for (const name of ['path', 'fd', 'handle', '_handle']) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || value === null || value === '') continue;
    throw invalidValue(`options.${name}`, value, 'is not supported: sash connects addresses and ports');
  }
  return options;
}
