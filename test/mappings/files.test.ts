/** The data files: a broken one stops the start and says where, and they agree with one another and with the platforms. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { carrierNamed } from '../../mappings/index.ts'
import { readMapping } from '../../mappings/load.ts'
import { marketBook, markets } from '../../mappings/markets.ts'
import { orderPhaseOf, orderStates, orderStateTable } from '../../mappings/order-states.ts'
import { returnReasons } from '../../mappings/return-reasons.ts'
import { createHolidays } from '../../src/planner/holidays.ts'
import { enumWords } from '../connectors/shopify/schema.ts'

const broken = (change: (book: ReturnType<typeof structuredClone<typeof markets>>) => void) => () => {
  const book = structuredClone(markets)
  change(book)
  readMapping('mappings/markets.json', marketBook, book)
}

describe('a broken file', () => {
  it.each<[string, (book: ReturnType<typeof structuredClone<typeof markets>>) => void, string]>([
    [
      'names a time zone that does not exist',
      ({ markets: all }) => {
        if (all.NL) all.NL.timeZone = 'Europe/Rotterdam'
      },
      'mappings/markets.json cannot be used: at markets.NL.timeZone: is no time zone that this machine knows',
    ],
    [
      'names rules that do not exist',
      ({ markets: all }) => {
        if (all.PL) all.PL.rules = { 'tiktok-shop': 'tiktok-mars' }
      },
      'at markets.PL.rules.tiktok-shop: there are no rules called tiktok-mars',
    ],
    [
      'has a day that is none',
      ({ rules }) => {
        if (rules['tiktok-us']?.[0]) rules['tiktok-us'][0].from = '2026-02-30'
      },
      'at rules.tiktok-us.0.from:',
    ],
    [
      'has a cut-off that is no time',
      ({ rules }) => {
        if (rules['tiktok-us']?.[0]) rules['tiktok-us'][0].cutOff = '25:00'
      },
      'at rules.tiktok-us.0.cutOff: must be a time of day like 14:00',
    ],
  ])('%s: the start stops and says where', (_name, change, message) => {
    expect(broken(change)).toThrow(message)
  })

  it('is told with every place at once, and a word that is not ours with its path', () => {
    const word = { ...orderStateTable.platforms.shopify, phases: { FULFILLED: 'gone' }, source: '' }
    const read = () =>
      readMapping('mappings/order-states.json', orderStates, { ...orderStateTable, platforms: { shopify: word } })
    expect(read).toThrow('at platforms.shopify.phases.FULFILLED:')
    expect(read).toThrow('at platforms.shopify.source:')
    const reasons = { shopify: { source: 'x', reasons: { UNWANTED: 'whim' } } }
    expect(() => readMapping('mappings/return-reasons.json', returnReasons, reasons)).toThrow(
      'mappings/return-reasons.json cannot be used: at shopify.reasons.UNWANTED:',
    )
    expect(() => readMapping('x.json', z.object({}), 5)).toThrow('x.json cannot be used: at the top:')
  })
})

describe('the files', () => {
  it('know every carrier that a market names', () => {
    const named = Object.entries(markets.markets).flatMap(([country, { carriers }]) =>
      carriers.map((carrier) => ({ country, carrier, id: carrierNamed(carrier)?.id })),
    )
    expect(named.filter(({ carrier, id }) => id !== carrier)).toEqual([])
  })

  it('take a country as the page on markets shows it', () => {
    const page = readFileSync(new URL('../../docs/markets.md', import.meta.url), 'utf8')
    const shown = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    const book = { ...markets, markets: { ...markets.markets, ...JSON.parse(`{${shown}}`) } }
    expect(marketBook.parse(book).markets.FI?.timeZone).toBe('Europe/Helsinki')
  })

  it('name countries with a calendar', () => {
    const holidaysOf = createHolidays()
    for (const { holidays } of Object.values(markets.markets))
      expect(holidaysOf(holidays, 2027).size).toBeGreaterThan(5)
  })

  it('know every word that Shopify has for an order, its money and its returns', () => {
    const shopify = orderStateTable.platforms.shopify
    const unknown = enumWords('OrderDisplayFulfillmentStatus').filter((word) => !orderPhaseOf('shopify', word).known)
    expect(unknown).toEqual([])
    expect(
      enumWords('OrderDisplayFinancialStatus').filter((word) => !Object.hasOwn(shopify?.money ?? {}, word)),
    ).toEqual([])
    expect(enumWords('ReturnStatus').filter((word) => !Object.hasOwn(shopify?.returns ?? {}, word))).toEqual([])
  })

  it('let every state of every platform be reached', () => {
    for (const [platform, { moves }] of Object.entries(orderStateTable.platforms)) {
      const reached = new Set(Object.values(moves).flat())
      expect({ platform, never: Object.keys(moves).filter((state) => !reached.has(state as never)) }).toEqual({
        platform,
        never: [],
      })
    }
  })
})
