/** Which language a browser gets, and the few things that are said with a number in them. */

import { en, type Words } from './en.ts'
import { nl } from './nl.ts'

const dictionaries: readonly Words[] = [en, nl]

/** The first language of an `Accept-Language` header that there is a dictionary for; English when there is none. */
export function wordsFor(acceptLanguage: string | undefined): Words {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...options] = part.trim().split(';')
      const quality = Number(/q=([\d.]+)/.exec(options.join(';'))?.[1] ?? 1)
      return { language: tag.toLowerCase().split('-')[0], quality }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  for (const { language } of wanted) {
    const found = dictionaries.find((words) => words.language === language)
    if (found) return found
  }
  return en
}

const spans = [
  { unit: 'days', ms: 86_400_000 },
  { unit: 'hours', ms: 3_600_000 },
  { unit: 'minutes', ms: 60_000 },
] as const

export function agoText(words: Words, at: number | null, now: number): string {
  if (at === null) return words.never
  const passedMs = Math.max(0, now - at)
  const span = spans.find(({ ms }) => passedMs >= ms) ?? { unit: 'seconds' as const, ms: 1000 }
  return words.ago[span.unit].replace('{n}', String(Math.floor(passedMs / span.ms)))
}

/** A latency as people read it: `640 ms`, `3.2 s`. */
export function latencyText(words: Words, ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 1000) return `${ms} ms`
  return `${new Intl.NumberFormat(words.language, { maximumFractionDigits: 1 }).format(ms / 1000)} s`
}
