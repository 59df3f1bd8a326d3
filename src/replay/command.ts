/** `onhand replay`: goes through a recorded history once more and says whether it comes to the same books. */

import { z } from 'zod'
import { connectors } from '../../connectors/index.ts'
import { plain, table } from '../cli/tell.ts'
import { systemClock, systemRandom } from '../clock.ts'
import { reasonOf } from '../log.ts'
import type { Cell, Difference } from './compare.ts'
import { type Recording, recordDatabase } from './recording.ts'
import { type Replay, replay } from './replay.ts'

export interface ReplayOptions {
  readonly database: string
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly json: boolean
}

export interface Told {
  readonly text: string
  /** 0 the same, 1 it could not be replayed, 2 not a time, 3 something differs. */
  readonly code: 0 | 1 | 2 | 3
}

/** A day (`2026-06-15`, its first moment in UTC) or a full time. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

export async function replayCommand({ database, from, to, json }: ReplayOptions): Promise<Told> {
  for (const [name, text] of Object.entries({ from, to }))
    if (text !== undefined && !moment.safeParse(text).success)
      return { text: `--${name} must be a day or a time such as 2026-06-15T18:00:00Z.\n`, code: 2 }
  let recording: Recording | undefined
  // Cut off, the copy of the books is taken away as well.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  try {
    recording = await recordDatabase(database, { clock: systemClock, random: systemRandom })
    const found = await replay({
      recording: recording.db,
      connectors,
      random: systemRandom,
      ...(from !== undefined && { from: Date.parse(from) }),
      ...(to !== undefined && { to: Date.parse(to) }),
    })
    return { text: json ? `${JSON.stringify(found, null, 2)}\n` : show(found), code: found.isSame ? 0 : 3 }
  } catch (error) {
    return { text: `${reasonOf(error)}\n`, code: 1 }
  } finally {
    await recording?.close()
  }
}

export function show(found: Replay): string {
  const { deliveries, silently, setAside, rightsChanges, books, recordedHash, replayedHash, difference } = found
  const rows = books.map(({ book, recordedRows, replayedRows, ...hashes }) => [
    book,
    recordedRows,
    replayedRows,
    short(hashes.recordedHash),
    short(hashes.replayedHash),
  ])
  return [
    `Replayed into empty books: ${deliveries} deliveries, ${rightsChanges} changes of rights.\n`,
    silently > 0
      ? `Before them ${silently} deliveries were fed silently, because the books begin with the first one.\n`
      : '',
    setAside > 0 ? `${setAside} deliveries could not be posted then, and were left out again.\n` : '',
    '\n',
    table(
      ['BOOK', 'RECORDED', 'REPLAYED', 'HASH THEN', 'HASH NOW'],
      [...rows, ['all', '', '', short(recordedHash), short(replayedHash)]],
    ),
    '\n',
    difference ? different(difference) : 'The same.\n',
  ].join('')
}

const short = (hash: string) => hash.slice(0, 16)

function different({ book, key, column, recorded, replayed }: Difference): string {
  const [then, now] = excerpts(recorded, replayed)
  const where = column === undefined ? '' : `, ${column}`
  return `Different. The first difference is in ${book}: ${plain(key)}${where}\n  recorded  ${then}\n  replayed  ${now}\n`
}

const widthMax = 160

/** Long texts are shown from shortly before they part. */
function excerpts(recorded: Cell | undefined, replayed: Cell | undefined): [string, string] {
  const [a, b] = [textOf(recorded), textOf(replayed)]
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const start = Math.max(0, Math.min(same - 40, Math.max(a.length, b.length) - widthMax))
  const cut = (text: string) =>
    `${start > 0 ? '…' : ''}${plain(text.slice(start, start + widthMax))}${text.length > start + widthMax ? '…' : ''}`
  return [cut(a), cut(b)]
}

const textOf = (cell: Cell | undefined): string => (cell === undefined ? 'nothing' : String(cell))
