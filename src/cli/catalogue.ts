/** Commands about the catalogue: importing, linking by file, taking that back, and what is to be done. */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Api, Command } from './command.ts'
import { plain, Stop, table } from './tell.ts'

const units = z.number()
const text = z.string().nullable()
const word = (words: readonly string[], at: number): string => words[at] ?? ''
const path = (part: string) => encodeURIComponent(part)
const listingRow = z.looseObject({ account: z.string(), listing: z.string(), title: z.string(), sku: text })

const readiness = z.looseObject({
  work: z.array(z.looseObject({ kind: z.string(), count: units, meaning: z.string() })),
})
const auditAnswer = readiness.extend({ listings: z.record(z.string(), z.array(listingRow)) })

function showAudit(answer: unknown): string {
  const { work, listings } = auditAnswer.parse(answer)
  const open = work.filter(({ count }) => count > 0)
  if (open.length === 0) return 'Everything is ready: stock can be kept for every listing.\n'
  return `${table(
    ['WHY', 'ACCOUNT', 'LISTING', 'SKU TEXT', 'TITLE'],
    Object.entries(listings).flatMap(([why, some]) =>
      some.map(({ account, listing, sku, title }) => [why, account, listing, sku, title]),
    ),
  )}\n${open.map(({ kind, count, meaning }) => `${kind}: ${count}. ${meaning}\n`).join('')}`
}

const importAnswer = z.looseObject({
  state: z.string(),
  progress: z.looseObject({ phase: z.string(), done: units, total: units.nullable() }),
  listings: units,
  linked: units,
  registers: units,
  reason: text,
})
const lookEveryMs = 2000

/** Begins it, and tells how far it is on the side that is not the answer. */
async function importAndWait(api: Api, account: string): Promise<unknown> {
  let answer = await api.post(`/accounts/${path(account)}/import`)
  for (;;) {
    const { state, progress, reason } = importAnswer.parse(answer)
    if (state === 'done') return answer
    if (state === 'failed') throw new Stop(`The import failed. ${plain(reason)} What was read until then is kept.`, 1)
    process.stderr.write(`${progress.phase}: ${progress.done} of ${progress.total ?? '?'}\n`)
    await sleep(lookEveryMs)
    answer = await api.get(`/accounts/${path(account)}/import`)
  }
}

function fileAt(name: string): string {
  try {
    return readFileSync(name).toString('base64')
  } catch {
    throw new Stop(`There is no file ${plain(name)} that can be read.`, 1)
  }
}

export const catalogueCommands: Readonly<Record<string, Command>> = {
  import: {
    takes: ['ACCOUNT'],
    run: ({ api, words }) => importAndWait(api, word(words, 0)),
    show(answer) {
      const { listings, linked, registers } = importAnswer.parse(answer)
      return `${listings} listings, ${linked} of them linked; ${registers} counters seen\n`
    },
  },
  'links-out': {
    takes: [],
    run: ({ api, options: { account } }) => api.get(`/listings.csv${account ? `?account=${path(account)}` : ''}`),
    show: String,
  },
  'links-in': {
    takes: ['FILE'],
    run: ({ api, words, options }) =>
      api.post('/listings/csv', { base64: fileAt(word(words, 0)), dryRun: options['dry-run'] === true }),
    show(answer) {
      const taken = z.looseObject({ dryRun: z.boolean(), lines: units, listings: units, changed: units }).parse(answer)
      const done = taken.dryRun ? 'The file is right; nothing was changed.' : `${taken.changed} listings changed.`
      return `${taken.lines} lines, ${taken.listings} listings. ${done}\n`
    },
  },
  'undo-links': {
    takes: [],
    run: ({ api }) => api.post('/listings/undo'),
    show(answer) {
      const undone = z.looseObject({ what: z.string(), by: z.string(), at: z.string(), listings: units }).parse(answer)
      return `Taken back: ${undone.what} of ${undone.listings} listings, by ${plain(undone.by)} at ${undone.at}\n`
    },
  },
  audit: {
    takes: [],
    async run({ api, limit, options: { account } }) {
      const report = readiness.parse(await api.get(`/readiness${account ? `?account=${path(account)}` : ''}`))
      const listings: Record<string, unknown> = {}
      for (const { kind, count } of report.work)
        if (count > 0) listings[kind] = await api.list(`/readiness/${kind}`, limit, { account })
      return { ...report, listings }
    },
    show: showAudit,
  },
}
