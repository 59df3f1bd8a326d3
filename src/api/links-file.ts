/** The file of links: as it goes out, and as it comes back. */

import { z } from 'zod'
import { type LineError, readLinks, writeLinks } from '../catalog/csv-links.ts'
import { linkInOneGo } from '../catalog/undo.ts'
import { asId } from '../domain.ts'
import type { ApiDeps } from './deps.ts'
import { invalid, problemResponse } from './refusal.ts'

const query = z.strictObject({
  account: z.string().optional(),
  separator: z.enum(['comma', 'semicolon']).default('comma'),
})

/** Everything that is linked and unlinked, in portions. */
export function linksFile({ store }: ApiDeps, given: Readonly<Record<string, string>>): Response {
  const asked = query.safeParse(given)
  if (!asked.success) return problemResponse(invalid('query', asked.error))
  const { account, separator } = asked.data
  const portions = writeLinks(store.db, { account, separator: separator === 'comma' ? ',' : ';' })
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(stream) {
      const { value, done } = await portions.next()
      if (done) stream.close()
      else stream.enqueue(encoder.encode(value))
    },
    cancel: async () => void (await portions.return(undefined)),
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="onhand-listings.csv"',
      'cache-control': 'no-store',
    },
  })
}

export type Taken =
  | { readonly ok: true; readonly lines: number; readonly listings: number; readonly changed: number }
  | { readonly ok: false; readonly errors: readonly LineError[] }

/** Takes a file whole, in one transaction, or not at all; a dry run only says what it would do. */
export async function takeLinks(
  { store, clock, engine }: ApiDeps,
  text: string,
  { dryRun, by }: { readonly dryRun: boolean; readonly by: string },
): Promise<Taken> {
  const action = { id: store.newId(), what: 'file', by, at: clock.now() } as const
  let skus: string[] = []
  const taken = await store.transaction(async (tx): Promise<Taken> => {
    const read = await readLinks(tx, text)
    if (!read.ok) return read
    if (dryRun) return { ...countsOf(read), changed: 0 }
    skus = await linkInOneGo(tx, action, read.changes)
    const rows = await tx
      .selectFrom('link_action_row')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('action', '=', action.id)
      .executeTakeFirstOrThrow()
    return { ...countsOf(read), changed: Number(rows.n) }
  })
  if (taken.ok && !dryRun) {
    engine.wake(skus.map((sku) => asId<'sku'>(sku)))
    await engine.ledger.sweep()
  }
  return taken
}

const countsOf = ({ lines, changes }: { lines: number; changes: readonly unknown[] }) => ({
  ok: true as const,
  lines,
  listings: changes.length,
})
