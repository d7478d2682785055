// Packets as a Parquet file, row group by row group: what is held at a time is one group, however long the capture.
import { type ByteWriter, type ParquetWriter } from 'hyparquet-writer';
import { type Cell, type Column } from '../trace/index.ts';

/** Rows that are held, and written at once. */
const GROUP = 20_000;

export class ParquetFile {
  readonly #columns: readonly Column[];
  readonly #bytes: ByteWriter;
  readonly #parquet: ParquetWriter;
  readonly #write: (octets: Uint8Array) => void;
  #cells: (Cell | bigint)[][];
  #rows = 0;

  private constructor(
    columns: readonly Column[],
    write: (octets: Uint8Array) => void,
    { bytes, parquet }: { bytes: ByteWriter; parquet: ParquetWriter },
  ) {
    this.#columns = columns;
    this.#write = write;
    this.#bytes = bytes;
    this.#parquet = parquet;
    this.#cells = columns.map(() => []);
  }

  /** `write` takes the octets in order; they are gone after that. The library is loaded here, for it is not small. */
  static async open(
    columns: readonly Column[],
    application: string,
    write: (octets: Uint8Array) => void,
  ): Promise<ParquetFile> {
    const { ByteWriter: Bytes, ParquetWriter: Parquet, schemaFromColumnData } = await import('hyparquet-writer');
    const columnData = columns.map(({ name, type, isAlways }) => ({
      name,
      data: [],
      type: TYPES[type],
      nullable: isAlways !== true,
    }));
    const bytes = new Bytes();
    const schema = schemaFromColumnData({ columnData });
    const parquet = new Parquet({ writer: bytes, schema, createdBy: application });
    return new ParquetFile(columns, write, { bytes, parquet });
  }

  row(cells: readonly Cell[]): void {
    cells.forEach((cell, column) => {
      this.#cells[column]!.push(typeof cell === 'number' ? BigInt(cell) : cell);
    });
    this.#rows++;
    if (this.#rows >= GROUP) this.#flush();
  }

  /** The footer. */
  end(): void {
    if (this.#rows > 0) this.#flush();
    void this.#parquet.finish(); // there is nothing in it that could wait
    this.#drain();
  }

  #flush(): void {
    const columnData = this.#columns.map(({ name, type, isAlways }, column) => ({
      name,
      data: this.#cells[column]!,
      type: TYPES[type],
      nullable: isAlways !== true,
      offsetIndex: false, // of pages: there is one a group, and every one would be held until the end
    }));
    void this.#parquet.write({ columnData, rowGroupSize: this.#rows });
    this.#cells = this.#columns.map(() => []);
    this.#rows = 0;
    this.#drain();
  }

  #drain(): void {
    this.#write(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}

const TYPES = { integer: 'INT64', text: 'STRING', boolean: 'BOOLEAN' } as const;
