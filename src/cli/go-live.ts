/** `dry-run`, `go-live` and `kept-shelf`: what would change in a shop, the word that lets it, and what was there before. */

import { z } from 'zod'
import type { Command } from './command.ts'
import { plain, table } from './tell.ts'

const units = z.number().nullable()

const dryRunAnswer = z.looseObject({
  account: z.string(),
  live: z.enum(['no', 'part', 'all']),
  totals: z.record(z.string(), z.number()),
  writes: z.number(),
  nowUnits: z.number(),
  wantedUnits: z.number(),
  items: z.array(
    z.looseObject({
      change: z.string(),
      listings: z.array(z.string()),
      title: z.string(),
      nowUnits: units,
      wantedUnits: units,
      why: z.string(),
    }),
  ),
})

const liveTexts = {
  no: 'It is only read: nothing is written to it.',
  part: 'A part of it is live.',
  all: 'All of it is live.',
} as const

function showDryRun(answer: unknown): string {
  const { account, live, totals, writes, nowUnits, wantedUnits, items } = dryRunAnswer.parse(answer)
  const counts = Object.entries(totals).flatMap(([change, count]) => (count === 0 ? [] : [`${count} ${change}`]))
  const rows = items.map((one) => [
    one.change,
    one.listings.join(' '),
    one.title,
    one.nowUnits,
    one.wantedUnits,
    one.why,
  ])
  return [
    `${plain(account)}: counters to be written: ${writes}, together ${nowUnits} -> ${wantedUnits} units. ${liveTexts[live]}\n`,
    `${counts.join(', ') || 'It sells nothing that is known yet'}\n\n`,
    table(['CHANGE', 'LISTINGS', 'TITLE', 'NOW', 'WANTED', 'WHY'], rows),
  ].join('')
}

const wentLive = z.looseObject({
  account: z.string(),
  live: z.string(),
  listings: z.array(z.string()),
  keptRegisters: z.number(),
})

const keptRow = z.looseObject({ register: z.string(), units: z.number(), nowUnits: units, keptAt: z.string() })

const accountPath = (words: readonly string[]) => `/accounts/${encodeURIComponent(words[0] ?? '')}`

export const goLive: Readonly<Record<string, Command>> = {
  'dry-run': {
    takes: ['ACCOUNT'],
    run({ api, words, limit, options: { lang } }) {
      const query = new URLSearchParams({ limit: String(limit), ...(lang !== undefined && { lang }) })
      return api.get(`${accountPath(words)}/dry-run?${query}`)
    },
    show: showDryRun,
  },
  'go-live': {
    takes: ['ACCOUNT'],
    run: ({ api, words, options: { listing, sku } }) =>
      api.post(`${accountPath(words)}/go-live`, {
        ...(listing !== undefined && { listings: [listing] }),
        ...(sku !== undefined && { skus: [sku] }),
      }),
    show(answer) {
      const { account, live, listings, keptRegisters } = wentLive.parse(answer)
      const what = live === 'all' ? 'all of it' : `the listings ${plain(listings.join(', '))}`
      return `${plain(account)} is live: ${what}. The shelf of ${keptRegisters} counters was kept as it was.\n`
    },
  },
  'kept-shelf': {
    takes: ['ACCOUNT'],
    run: ({ api, words, limit }) => api.list(`${accountPath(words)}/kept-shelf`, limit),
    show: (items) =>
      table(
        ['COUNTER', 'WAS', 'IS', 'KEPT'],
        z
          .array(keptRow)
          .parse(items)
          .map(({ register, units: was, nowUnits, keptAt }) => [register, was, nowUnits, keptAt]),
      ),
  },
}
