import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock.ts'
import {
  acknowledge,
  attemptsMax,
  backoffMs,
  createNotice,
  fly,
  park,
  postpone,
} from '../../src/dispatcher/receipts.ts'
import { asId } from '../../src/domain.ts'
import { intend } from '../../src/planner/intents.ts'
import type { Tx } from '../../src/store/tables.ts'
import { type Books, openBooks } from '../support/books.ts'

let books: Books
let notice: ReturnType<typeof createNotice>
beforeEach(async () => {
  books = await openBooks()
  notice = createNotice(books.store, books.clock)
})
afterEach(() => books.close())

const account = asId<'account'>('shop')
const key = { account, kind: 'stock', subject: 'r' }
const tx = (work: (tx: Tx) => Promise<void>) => books.store.transaction(work)
const intendOne = (urgency = 4, causedAt: number | null = null) =>
  tx((t) =>
    intend(
      t,
      { account, kind: 'stock', subject: 'r', target: { register: asId('r'), units: 1 }, terms: {}, urgency, causedAt },
      { now: books.clock.now(), newId: books.store.newId },
    ),
  )
const receipt = () => books.store.db.selectFrom('receipt').selectAll().executeTakeFirst()
const noticed = async (urgency?: number, causedAt?: number | null) => {
  await intendOne(urgency, causedAt)
  await notice(account, false)
  return await receipt()
}

describe('a receipt', () => {
  it('becomes due when something is intended, once', async () => {
    expect(await noticed()).toMatchObject({ state: 'due', wanted: 1, seen: 0 })
    await tx((t) => acknowledge(t, key, 1, null, 5))
    await notice(account, true)
    expect(await receipt()).toMatchObject({ state: 'done', wanted: 1, seen: 1 })
  })

  it('keeps its place in the queue and its oldest cause while it waits', async () => {
    const first = await noticed(4, 100)
    await books.clock.advance(5000)
    expect(await noticed(0, 900)).toMatchObject({
      due_at: first?.due_at,
      caused_at: 100,
      wanted: 2,
      urgency: 0,
    })
  })

  it('that flies learns of newer things when it lands', async () => {
    await noticed()
    await tx((t) => fly(t, key, 'call', 1))
    expect(await noticed()).toMatchObject({ state: 'flying', wanted: 2 })
    await tx((t) => acknowledge(t, key, 1, null, 5))
    expect(await receipt()).toMatchObject({ state: 'due', seen: 1, due_at: 5, attempts: 0 })
  })

  it('that is refused for something old goes on with what is newer', async () => {
    await noticed()
    await tx((t) => fly(t, key, 'call', 1))
    await noticed()
    await tx((t) => park(t, key, 1, 'refused', 5))
    expect(await receipt()).toMatchObject({ state: 'due', wanted: 2 })
    await tx((t) => park(t, key, 2, 'refused', 5))
    expect(await receipt()).toMatchObject({ state: 'parked', reason: 'refused' })
    expect(await noticed()).toMatchObject({ state: 'due', attempts: 0 })
  })

  it('is parked after so many tries that count, and never for waiting alone', async () => {
    await noticed()
    for (let i = 0; i < 50; i++) await tx((t) => postpone(t, key, 1, 9, 'dark', false, 5))
    expect(await receipt()).toMatchObject({ state: 'due', due_at: 9, reason: 'dark' })
    await tx((t) => acknowledge(t, key, 1, null, 5))
    await noticed()
    for (let i = 0; i < attemptsMax; i++) {
      await tx((t) => postpone(t, key, 2, 9, 'again', true, 5))
      expect(await receipt()).toMatchObject({ state: 'due' })
    }
    await tx((t) => postpone(t, key, 2, 9, 'again', true, 5))
    expect(await receipt()).toMatchObject({ state: 'parked', reason: 'again' })
  })

  it('keeps what the shop answered when a later answer says nothing', async () => {
    await noticed()
    await tx((t) => acknowledge(t, key, 1, '{"order":"9"}', 5))
    await tx((t) => acknowledge(t, key, 1, null, 6))
    expect(await receipt()).toMatchObject({ result: '{"order":"9"}' })
  })
})

describe('noticing', () => {
  it('finds by looking back what was made with an earlier stamp', async () => {
    const early = books.store.newId()
    await noticed()
    await books.store.db
      .insertInto('intent')
      .values({
        account,
        kind: 'stock',
        subject: 'late',
        rev: 1,
        target: '{}',
        terms: '{}',
        urgency: 4,
        caused_at: null,
        made_at: 1,
        stamp: early,
      })
      .execute()
    const subjects = async () =>
      (await books.store.db.selectFrom('receipt').select('subject').orderBy('subject').execute()).map(
        ({ subject }) => subject,
      )
    await notice(account, false)
    expect(await subjects()).toEqual(['r'])
    await notice(account, true)
    expect(await subjects()).toEqual(['late', 'r'])
  })
})

describe('backing off', () => {
  it('doubles from a second to half a minute, never beyond, never to nothing', () => {
    const random = seededRandom(3)
    for (let attempts = 0; attempts < 40; attempts++) {
      const full = Math.min(30_000, 1000 * 2 ** attempts)
      const wait = backoffMs(attempts, random)
      expect(wait).toBeGreaterThanOrEqual(full / 2)
      expect(wait).toBeLessThanOrEqual(full)
    }
  })
})
