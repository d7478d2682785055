// A file's octets in pieces, uncompressed where it is compressed by gzip, with a pause for the tab after each.

/** How far it was read, and what is wrong with the rest of a compressed file, in a browser's words. */
export interface Poured {
  damage: string | undefined;
}

/**
 * A decompressor that fails throws away what it has made of the piece it was given, so that it is given small ones: of a damaged
 * file no more is lost than this, in octets of the file.
 */
const PIECE_OCTETS = 4_096;

/** Gives all of it to `take`, until that says that it has enough; `advance` is told of octets as the file has them. */
export async function pour(
  file: Blob,
  take: (octets: Uint8Array) => 'more' | 'enough',
  advance: (octets: number) => void,
): Promise<Poured> {
  const isCompressed = await startsAsGzip(file);
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (piece, next) => {
        advance(piece.length);
        const most = isCompressed ? PIECE_OCTETS : piece.length;
        for (let at = 0; at < piece.length; at += most) next.enqueue(piece.subarray(at, at + most));
      },
    }),
  );
  const stream = (isCompressed ? counted.pipeThrough(new DecompressionStream('gzip')) : counted).getReader();
  for (;;) {
    let piece;
    try {
      piece = await stream.read();
    } catch (error) {
      if (!isCompressed) throw error;
      const words = error instanceof Error ? error.message : String(error);
      return { damage: words.replace(/\.$/, '') };
    }
    if (piece.done || take(piece.value) === 'enough') return { damage: undefined };
    // A stream of a file that is in memory gives one piece after another without a pause for the tab.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

async function startsAsGzip(file: Blob): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0x1f && second === 0x8b;
}
