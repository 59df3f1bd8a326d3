/** Two sets of books side by side, row by row: a hash of each, and the first row in which they differ. */

import { createHash } from 'node:crypto'

export type Cell = string | number | null

export interface Row {
  /** Unique in its book; both sides are sorted by it. */
  readonly key: string
  /** What a person calls it, where that is not its key. */
  readonly name?: string
  readonly cells: Readonly<Record<string, Cell>>
}

export interface Difference {
  readonly book: string
  readonly key: string
  /** Undefined when the whole row is on one side only. */
  readonly column?: string
  readonly recorded: Cell | undefined
  readonly replayed: Cell | undefined
}

export interface Compared {
  readonly book: string
  readonly recordedRows: number
  readonly replayedRows: number
  readonly recordedHash: string
  readonly replayedHash: string
  readonly difference?: Difference
}

export type Rows = AsyncIterable<Row>

export async function compareBook(book: string, recorded: Rows, replayed: Rows): Promise<Compared> {
  const [left, right] = [hashed(recorded), hashed(replayed)]
  let difference: Difference | undefined
  let [a, b] = [await left.next(), await right.next()]
  while (a || b) {
    // One row stands alone on the side whose key comes first.
    const isLeft = a !== undefined && (b === undefined || a.key <= b.key)
    const isRight = b !== undefined && (a === undefined || b.key <= a.key)
    difference ??= differenceOf(book, isLeft ? a : undefined, isRight ? b : undefined)
    ;[a, b] = [isLeft ? await left.next() : a, isRight ? await right.next() : b]
  }
  return {
    book,
    recordedRows: left.count(),
    replayedRows: right.count(),
    recordedHash: left.digest(),
    replayedHash: right.digest(),
    ...(difference && { difference }),
  }
}

function differenceOf(book: string, a: Row | undefined, b: Row | undefined): Difference | undefined {
  const key = a?.name ?? b?.name ?? a?.key ?? b?.key ?? ''
  if (!a || !b) return { book, key, recorded: a && JSON.stringify(a.cells), replayed: b && JSON.stringify(b.cells) }
  for (const column of Object.keys(a.cells))
    if (a.cells[column] !== b.cells[column])
      return { book, key, column, recorded: a.cells[column], replayed: b.cells[column] }
  return undefined
}

function hashed(rows: Rows) {
  const iterator = rows[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let count = 0
  return {
    async next(): Promise<Row | undefined> {
      const { done, value } = await iterator.next()
      if (done) return undefined
      count++
      hash.update(JSON.stringify([value.key, value.cells]))
      return value
    },
    count: () => count,
    digest: () => hash.digest('hex'),
  }
}

/** One hash of several books. */
export const hashOf = (hashes: readonly string[]): string =>
  createHash('sha256').update(hashes.join('\n')).digest('hex')
