// From what a socket was asked to connect with to what the carrier is dialled with.
import { type CarrierOptions, type DialOptions } from '../carrier/index.ts';
import { type SocketConnectOptions, type TcpOptions } from './options.ts';

/** sash's own options, as the carrier takes them. */
export function carrierOptions(tcp: TcpOptions, noDelay: boolean): CarrierOptions {
  const { profile, handshakeTimeout, clock, checksums, ...connection } = tcp;
  return {
    connection: noDelay ? { ...connection, nagle: 'off' } : connection,
    ...(profile === undefined ? {} : { profile }),
    ...(handshakeTimeout === undefined ? {} : { handshakeTimeout }),
    ...(clock === undefined ? {} : { clock }),
    ...(checksums === undefined ? {} : { checksums }),
  };
}

export function dialOptions(options: SocketConnectOptions, tcp: TcpOptions, noDelay: boolean): DialOptions {
  const { host, localAddress, localPort, family, hints, lookup } = options;
  const { autoSelectFamily, autoSelectFamilyAttemptTimeout } = options;
  const asked = { host, localAddress, localPort, hints, lookup, autoSelectFamily, autoSelectFamilyAttemptTimeout };
  return {
    ...carrierOptions({ ...tcp, ...options.tcp }, noDelay),
    ...(Object.fromEntries(Object.entries(asked).filter(([, value]) => value != null)) as Partial<DialOptions>),
    ...(family === undefined ? {} : { family: familyNumber(family) }),
    port: portNumber(options.port),
  };
}

function familyNumber(family: 0 | 4 | 6 | 'IPv4' | 'IPv6'): 0 | 4 | 6 {
  if (family === 'IPv4') return 4;
  return family === 'IPv6' ? 6 : family;
}

/** A port may be a string of digits. What is no port at all goes on as it is, for `node:net` to refuse in its own words. */
function portNumber(port: number | string): number {
  const number = Number(port);
  return typeof port === 'string' && port.trim() !== '' && !Number.isNaN(number) ? number : (port as number);
}
