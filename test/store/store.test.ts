import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { idFloor, openStore } from '../../src/store/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const clock = virtualClock()
const open = () => openStore(`sqlite:${join(folder, 'deep', 'onhand.db')}`, { clock, random: seededRandom(1) })

describe('a database', () => {
  it('is made with its folder, and opened again as it was left', async () => {
    const first = await open()
    await first.db.insertInto('cursor').values({ account: 'a', topic: 't', since: 1, polled_at: 1 }).execute()
    await first.close()
    const second = await open()
    expect(await second.db.selectFrom('cursor').select('since').execute()).toEqual([{ since: 1 }])
    await second.close()
  })

  it('of a newer program is refused with a sentence that says what to do', async () => {
    const store = await open()
    await sql`update meta set value = '999' where name = 'schema'`.execute(store.db)
    await store.close()
    await expect(open()).rejects.toThrow(/newer Onhand \(schema 999.*Install that version again/)
  })

  it.each(['mysql://x', 'onhand.db', ''])('named %j is refused with a sentence', async (url) => {
    await expect(openStore(url, { clock, random: seededRandom(1) })).rejects.toThrow('DATABASE_URL must start with')
  })
})

describe('ids', () => {
  it('sort in the order they were made, also within a millisecond and when the clock runs back', async () => {
    const turning = virtualClock()
    let offset = 0
    const store = await openStore('sqlite::memory:', {
      clock: { ...turning, now: () => turning.now() + offset },
      random: seededRandom(1),
    })
    const ids = Array.from({ length: 300 }, (_, at) => {
      offset = at === 200 ? -5000 : offset
      return store.newId()
    })
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(300)
    await store.close()
  })

  it('of a moment are never below its floor, and always below the next', async () => {
    const at = clock.now()
    const store = await open()
    const id = store.newId()
    expect(idFloor(at) <= id).toBe(true)
    expect(id < idFloor(at + 1)).toBe(true)
    expect(idFloor(-5)).toBe('0'.repeat(26))
    expect(idFloor(at)).toHaveLength(id.length)
    await store.close()
  })
})
