/** `explain SKU`: why every counter shows what it shows, as sums that add up. */

import { z } from 'zod'
import type { Command } from './command.ts'
import { plain, table } from './tell.ts'

const units = z.number()
const text = z.string().nullable()
const answer = z.looseObject({
  sku: z.string(),
  at: z.string(),
  policy: z.string(),
  onHand: units,
  reserved: units,
  available: units,
  safetyUnits: units,
  poolUnits: units,
  exposedUnits: units,
  reservedBy: z.array(z.looseObject({ account: z.string(), order: z.string(), name: text, units })),
  reservedByCount: units,
  rules: z.array(
    z.looseObject({
      name: z.string(),
      value: text,
      account: text,
      listing: text,
      sku: text,
      until: text,
      by: z.string(),
    }),
  ),
  shops: z.array(
    z.looseObject({
      account: z.string(),
      register: text,
      listings: z.array(z.string()),
      unitsPerSale: units,
      believedUnits: units.nullable(),
      terms: z.array(z.looseObject({ term: z.string(), label: z.string(), units, why: z.string() })),
      shown: z.string(),
      told: z.string(),
      notes: z.array(z.string()),
    }),
  ),
})
type Shop = z.output<typeof answer>['shops'][number]

/** Nothing is left out but zeros: they add nothing. */
function showShop({ account, listings, terms, believedUnits, unitsPerSale, shown, told, notes }: Shop): string {
  const rows = terms.filter(({ term, units }) => term === 'onHand' || units !== 0)
  const amounts = rows.map(({ units }, at) => (at === 0 || units < 0 ? String(units) : `+${units}`))
  const sum = believedUnits === null ? '' : `= ${believedUnits * unitsPerSale}`
  const width = Math.max(...[...amounts, sum].map(({ length }) => length))
  const labels = Math.max(0, ...rows.map(({ label }) => label.length))
  const lines = rows.map(
    ({ label, why }, at) => `  ${(amounts[at] ?? '').padStart(width)}  ${label.padEnd(labels)}  ${plain(why)}`,
  )
  return [
    `${plain(account)}  ${plain(listings.join(', '))}`,
    ...lines,
    `  ${sum.padStart(width)}  ${plain(shown)} ${plain(told)}`,
    ...notes.map((note) => `  ${plain(note)}`),
    '',
  ].join('\n')
}

function show(given: unknown): string {
  const found = answer.parse(given)
  const { sku, at, onHand, reserved, available, safetyUnits, exposedUnits } = found
  const exposed = exposedUnits > 0 ? `NOT PROTECTED: ${exposedUnits} units are promised beyond what there is.\n` : ''
  return [
    `${plain(sku)} at ${at}: ${onHand} on hand - ${reserved} reserved = ${available} available (${safetyUnits} never offered)\n`,
    exposed,
    '\n',
    found.shops.length === 0 ? 'Nothing sells it.\n' : found.shops.map(showShop).join('\n'),
    `\nReserved by ${found.reservedByCount} orders\n`,
    table(
      ['ACCOUNT', 'ORDER', 'ID', 'UNITS'],
      found.reservedBy.map(({ account, name, order, units: held }) => [account, name, order, held]),
    ),
    '\nRules\n',
    table(
      ['RULE', 'VALUE', 'SHOP', 'LISTING', 'SKU', 'UNTIL', 'BY'],
      found.rules.map((rule) => [
        rule.name,
        rule.value,
        rule.account ?? 'all',
        rule.listing ?? 'all',
        rule.sku ?? 'all',
        rule.until,
        rule.by,
      ]),
    ),
  ].join('')
}

export const explain: Command = {
  takes: ['SKU'],
  run({ api, words, options: { at, lang } }) {
    const query = new URLSearchParams()
    if (at !== undefined) query.set('at', at)
    if (lang !== undefined) query.set('lang', lang)
    return api.get(`/skus/${encodeURIComponent(words[0] ?? '')}/explain?${query}`)
  },
  show,
}
