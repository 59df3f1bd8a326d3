import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { createQuiet } from '../../src/store/quiet.ts'

const clock = virtualClock()
const folder = mkdtempSync(join(tmpdir(), 'onhand-changes-'))
const stores: Store[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(): Promise<Store> {
  const store = await openStore(`sqlite:${join(folder, 'books.sqlite')}`, { clock, random: seededRandom(1) })
  stores.push(store)
  return store
}
const write = ({ db }: Store, value: string) =>
  db
    .insertInto('meta')
    .values({ name: 'tried', value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()

describe('the changes of a SQLite store', () => {
  it('stay the same while one reads, and become others by every write, of this process or another', async () => {
    const [ours, theirs] = [await open(), await open()]
    const seen = [ours.changes()]
    await ours.db.selectFrom('meta').selectAll().execute()
    expect(ours.changes()).toBe(seen[0])
    await write(ours, 'ours')
    seen.push(ours.changes())
    await write(theirs, 'theirs')
    seen.push(ours.changes())
    expect(new Set(seen).size).toBe(3)

    const quiet = createQuiet(ours, clock)
    quiet.began('near', ours.changes() ?? '', clock.now() + 30_000)
    expect([quiet.holds('near'), quiet.holds('far')]).toEqual([true, false])
    quiet.began('far', ours.changes() ?? '', Number.POSITIVE_INFINITY)
    await clock.advance(59_000)
    expect([quiet.holds('near'), quiet.holds('far')]).toEqual([true, true])
    await clock.advance(1000)
    expect(quiet.holds('far')).toBe(false)
    quiet.began('far', ours.changes() ?? '', clock.now() + 10)
    await clock.advance(10)
    expect(quiet.holds('far')).toBe(false)
    quiet.began('far', ours.changes() ?? '', Number.POSITIVE_INFINITY)
    await write(theirs, 'again')
    expect(quiet.holds('far')).toBe(false)
  })
})
