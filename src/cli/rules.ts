/** `rules`: what a merchant decides about the numbers, listed, set, taken back, and what was ever said. */

import { z } from 'zod'
import type { Asked, Command } from './command.ts'
import { plain, table } from './tell.ts'

const text = z.string().nullable()
const rule = z.looseObject({
  name: z.string(),
  value: text,
  account: text,
  listing: text,
  sku: text,
  from: text,
  until: text,
  by: z.string(),
  at: z.string(),
  state: z.string().optional(),
})
type Rule = z.output<typeof rule>

/** The word for a rule that is about every sku. */
const everySku = 'all'

const scope = ({ options: { account, listing } }: Asked, sku: string | undefined) => ({
  ...(account !== undefined && { account }),
  ...(listing !== undefined && { listing }),
  ...(sku !== undefined && sku !== everySku && { sku }),
})

const showAll = (items: unknown): string =>
  table(
    ['RULE', 'VALUE', 'SHOP', 'LISTING', 'SKU', 'FROM', 'UNTIL', 'STATE', 'BY', 'SAID'],
    z
      .array(rule)
      .parse(items)
      .map(({ name, value, account, listing, sku, from, until, state, by, at }) => [
        name,
        value ?? 'taken back',
        account ?? everySku,
        listing ?? everySku,
        sku ?? everySku,
        from,
        until,
        state,
        by,
        at,
      ]),
  )

function aboutText({ account, listing, sku }: Rule): string {
  const parts = [
    ...(listing === null ? [] : [`listing ${listing}`]),
    ...(account === null ? [] : [account]),
    ...(sku === null ? [] : [sku]),
  ]
  return parts.length === 0 ? 'everything' : parts.join(', ')
}

function showOne(answer: unknown): string {
  const said = rule.parse(answer)
  const times = `${said.from ? ` from ${said.from}` : ''}${said.until ? ` until ${said.until}` : ''}`
  const what =
    said.value === null || (said.name === 'safety' && said.value === '0') ? 'is taken back' : `is ${said.value}`
  return `${said.name} of ${plain(aboutText(said))} ${what}${times}\n`
}

const list = (path: string): Command => ({
  takes: [],
  run: ({ api, limit, options: { account, listing, sku } }) => api.list(path, limit, { account, listing, sku }),
  show: showAll,
})

export const rules: Readonly<Record<string, Command>> = {
  rules: list('/rules'),
  'rules history': list('/rules/history'),
  'rules set': {
    takes: ['SKU', 'NAME', 'VALUE'],
    run(asked) {
      const [sku, name, value] = asked.words
      const { from, until } = asked.options
      const times = { ...(from !== undefined && { from }), ...(until !== undefined && { until }) }
      return asked.api.put('/rules', { name, value, ...scope(asked, sku), ...times })
    },
    show: showOne,
  },
  'rules clear': {
    takes: ['SKU', 'NAME'],
    run(asked) {
      const [sku, name = ''] = asked.words
      return asked.api.delete(`/rules?${new URLSearchParams({ name, ...scope(asked, sku) })}`)
    },
    show: showOne,
  },
}
