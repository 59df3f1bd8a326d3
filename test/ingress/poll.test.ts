import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cursor, RawDelivery, Topic } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import { createPoller, type Poller } from '../../src/ingress/poll.ts'
import { type Books, openBooks } from '../support/books.ts'
import { facts, scriptChannel } from '../support/script-channel.ts'

let books: Books
let poller: Poller
let walks: number[]
let answer: (since: number) => AsyncIterable<RawDelivery>
const shop = asId<'account'>('shop')
const channel = () =>
  scriptChannel(shop, {
    poll: (_: Topic, { since }: Cursor) => {
      walks.push(since)
      return answer(since)
    },
  })

beforeEach(async () => {
  books = await openBooks()
  walks = []
  answer = async function* () {}
  poller = createPoller({ store: books.store, clock: books.clock, append: books.inbox.append })
})
afterEach(() => books.close())

const hour = 3_600_000
const stored = async () => (await books.store.db.selectFrom('inbox').select('id').execute()).length

describe('a poll', () => {
  it('begins a day back, goes on from the last walk, and looks ten seconds behind it', async () => {
    const start = books.clock.now()
    await poller.poll(shop, channel(), 'orders')
    await books.clock.advance(hour)
    await poller.poll(shop, channel(), 'orders')
    await poller.poll(shop, channel(), 'listings')
    expect(walks).toEqual([start - 24 * hour, start - 10_000, 0])
  })

  it('moves its cursor only after a walk that came to its end; what it saw until then is kept', async () => {
    const start = books.clock.now()
    answer = async function* () {
      for (let i = 0; i < 250; i++) yield facts([])
      throw new Error('The shop went away.')
    }
    await expect(poller.poll(shop, channel(), 'orders')).rejects.toThrow('went away')
    expect(await stored()).toBe(200)
    await books.clock.advance(hour)
    answer = async function* () {
      yield facts([])
    }
    await poller.poll(shop, channel(), 'orders')
    // Both began a day back: a walk that failed taught nothing.
    expect(walks).toEqual([start - 24 * hour, start + hour - 24 * hour])
    await poller.poll(shop, channel(), 'orders')
    expect(walks[2]).toBe(start + hour - 10_000)
  })

  it('is one walk after the running one for all who ask meanwhile', async () => {
    let go: () => void = () => undefined
    answer = async function* () {
      await new Promise<void>((done) => {
        go = done
      })
      yield facts([])
    }
    const same = channel()
    const first = poller.poll(shop, same, 'orders')
    await books.clock.advance(0)
    const others = [poller.poll(shop, same, 'orders'), poller.poll(shop, same, 'orders')]
    await books.clock.advance(0)
    expect(walks).toHaveLength(1)
    go()
    await first
    await books.clock.advance(0)
    expect(walks).toHaveLength(2)
    go()
    await Promise.all(others)
    expect(walks).toHaveLength(2)
  })

  it('of another topic does not wait', async () => {
    answer = async function* (since) {
      if (since === 0) return
      await new Promise(() => undefined)
    }
    void poller.poll(shop, channel(), 'orders')
    await poller.poll(shop, channel(), 'listings')
    expect(walks).toHaveLength(2)
  })

  it('goes on after one that failed', async () => {
    answer = () => {
      throw new Error('No.')
    }
    const first = poller.poll(shop, channel(), 'orders')
    const second = poller.poll(shop, channel(), 'orders')
    await expect(first).rejects.toThrow('No.')
    await expect(second).rejects.toThrow('No.')
    answer = async function* () {}
    await poller.poll(shop, channel(), 'orders')
    expect(walks).toHaveLength(3)
  })
})
