/** The part of the status page that names shelves which were not as believed. */

import { html } from 'hono/html'
import type { Drift } from '../api/read/drift.ts'
import { driftTexts } from '../api/read/drift-words.ts'
import { momentText } from '../api/read/explain-words.ts'
import type { Words } from './en.ts'
import { type Html, section, table } from './parts.ts'
import { languageOf } from './sku-page.ts'
import { agoText } from './words.ts'

export const driftsShown = 10

/** Nothing at all where there is nothing to tell. `drifts` are asked for one beyond what is shown. */
export function driftSection(words: Words, drifts: readonly Drift[], now: number): Html {
  if (drifts.length === 0) return html``
  const texts = (drift: Drift) => driftTexts(drift, languageOf(words), momentText)
  return section(
    words.sku.drift,
    html`${table<Drift>(
      [
        {
          label: words.sku.shelf,
          cell: ({ skus, listings, register, account }) =>
            html`${skus.join(', ') || listings.join(', ') || register}<span class="small">${account}</span>`,
        },
        {
          label: words.sku.likely,
          isWide: true,
          cell: (drift) => {
            const { what, likely, done } = texts(drift)
            return html`<span>${what}<span class="small">${likely} ${done}</span></span>`
          },
        },
        { label: words.sku.when, isNumber: true, cell: ({ at }) => agoText(words, at, now) },
      ],
      drifts.slice(0, driftsShown),
    )}<p class="note">${words.sku.driftNote} ${drifts.length > driftsShown ? words.sku.moreDrift : ''}</p>`,
  )
}
