/** What is said of a shelf that was not as believed, one dictionary per language. */

import type { DriftVerdict } from '../../planner/explain-drift.ts'
import type { ExplainLanguage } from './explain-words.ts'

interface DriftWords {
  readonly likely: Readonly<Record<DriftVerdict, string>>
  more(units: number): string
  less(units: number): string
  done(told: { units: number; at: string } | null, verdict: DriftVerdict): string
}

const en: DriftWords = {
  likely: {
    waiting: 'Perhaps an order that the shop does not list yet. Nobody is blamed before the next look.',
    order: 'An order that the shop listed late explains it. Nobody touched the shelf.',
    passed: 'The next look found it undone.',
    raised: 'Somebody raised the number in the shop itself, by hand or with another app.',
    lowered:
      'Somebody lowered the number in the shop itself, by hand or with another app, or sold it where Onhand does not see it (a till, a draft order).',
    program: 'It happens so often that another program seems to write stock in this shop too. Switch one of them off.',
  },
  more: (units) => `${units} more on the shelf than known`,
  less: (units) => `${units} fewer on the shelf than known`,
  done: (told, verdict) => {
    if (told) return `Counted as it was found; the shop was then told ${told.units}, at ${told.at}.`
    return verdict === 'waiting' || verdict === 'order' || verdict === 'passed'
      ? 'Counted as it was found.'
      : 'Counted as it was found; the shop is told a number when another one is needed.'
  },
}

const nl: DriftWords = {
  likely: {
    waiting: 'Misschien een bestelling die de winkel nog niet toont. Vóór de volgende blik krijgt niemand de schuld.',
    order: 'Een bestelling die de winkel later toonde verklaart het. Niemand kwam aan het schap.',
    passed: 'Bij de volgende blik was het weer weg.',
    raised: 'Iemand verhoogde het aantal in de winkel zelf, met de hand of met een andere app.',
    lowered:
      'Iemand verlaagde het aantal in de winkel zelf, met de hand of met een andere app, of verkocht het waar Onhand het niet ziet (een kassa, een conceptbestelling).',
    program:
      'Het gebeurt zo vaak dat een ander programma ook voorraad in deze winkel lijkt te schrijven. Zet er één uit.',
  },
  more: (units) => `${units} meer op het schap dan bekend`,
  less: (units) => `${units} minder op het schap dan bekend`,
  done: (told, verdict) => {
    if (told) return `Geteld zoals gevonden; daarna werd de winkel ${told.units} gemeld, op ${told.at}.`
    return verdict === 'waiting' || verdict === 'order' || verdict === 'passed'
      ? 'Geteld zoals gevonden.'
      : 'Geteld zoals gevonden; de winkel krijgt een aantal gemeld als er een ander nodig is.'
  },
}

const driftWords: Readonly<Record<ExplainLanguage, DriftWords>> = { en, nl }

/** What happened, what most likely did it, and what Onhand did: three sentences. */
export function driftTexts(
  drift: {
    readonly byUnits: number
    readonly verdict: DriftVerdict
    readonly told: { readonly units: number; readonly at: number } | null
  },
  language: ExplainLanguage,
  momentText: (at: number) => string,
): { what: string; likely: string; done: string } {
  const words = driftWords[language]
  const { byUnits, verdict, told } = drift
  return {
    what: byUnits > 0 ? words.more(byUnits) : words.less(-byUnits),
    likely: words.likely[verdict],
    done: words.done(told && { units: told.units, at: momentText(told.at) }, verdict),
  }
}
