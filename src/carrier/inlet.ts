// The way in: where the octets of a socket are read to. With `onread` the kernel fills one buffer that all carriers of the
// process share: a read is handed on and done with before the next one can begin. Node offers that to sockets that connect;
// for an accepted one its handle is given to a second `Socket`, which leans on the private field `_handle`. Should a Node be
// without it, `'data'` does the same, slower.
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { type Driver } from './driver.ts';

/** Not a Buffer, whose views take twice as long to make. */
const buffer = new Uint8Array(262_144);

/** Takes what a socket reads to the driver, once there is one. */
export class Inlet {
  driver: Driver | undefined;

  readonly onread = {
    buffer,
    callback: (count: number, octets: Uint8Array): boolean => {
      this.driver?.octetsArrive(octets, count);
      return true;
    },
  };
}

/** An accepted socket, read by way of `onread` if that can be had. To be given one that was paused when it connected. */
export function accepted(socket: Socket, inlet: Inlet): Socket {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return readByData(socket, inlet);
  Reflect.set(socket, '_handle', null);
  socket.destroy(); // without its handle it is an empty shell; this takes it off the server's count
  const options: ConnectOpts & SocketConstructorOpts & { handle: object } = {
    handle,
    allowHalfOpen: true,
    onread: inlet.onread,
  };
  return new Socket(options);
}

/** The same by way of 'data'. */
export function readByData(socket: Socket, inlet: Inlet): Socket {
  socket.on('data', (octets: Buffer) => inlet.driver?.octetsArrive(octets, octets.length));
  socket.resume();
  return socket;
}
