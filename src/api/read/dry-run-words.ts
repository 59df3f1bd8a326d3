/** What a dry run says of one counter, in the languages of the pages: what happens to its number, and what that is made of. */

import type { DryRunChange, DryRunRow } from '../../planner/dry-run.ts'
import type { ComponentTerms } from '../../planner/facts.ts'
import type { ExplainLanguage } from './explain-words.ts'

interface DryRunTexts {
  readonly changes: Readonly<Record<DryRunChange, string>>
  readonly overcommitted: string
  readonly rebalance: string
  readonly rule: string
  readonly via: string
  readonly mirror: string
  onHand(units: number): string
  reserved(units: number): string
  safety(units: number): string
  allowance(units: number): string
  others(units: number): string
}

const texts: Readonly<Record<ExplainLanguage, DryRunTexts>> = {
  en: {
    changes: {
      zero: 'It is set to nothing: nothing is there for it.',
      down: 'It shows less.',
      up: 'It shows more.',
      waits:
        'It should show more, but all that is there is promised elsewhere; it is raised as soon as something is free.',
      stays: 'It is left as it is.',
      unlinked: 'No sku is linked to it, so nothing is written.',
      uncounted: 'Nobody has counted what it sells, so nothing is written.',
      unseen: 'Its shelf was never read, so nothing is written.',
      uncountable: 'The shop does not count it, so nothing is written.',
    },
    overcommitted: 'More is promised than there is.',
    rebalance: 'Another counter needs the units more.',
    rule: 'A rule says so.',
    via: 'It shows {n} for a moment, because this shop takes only whole numbers.',
    mirror: 'The same number everywhere.',
    onHand: (units) => `${units} on hand`,
    reserved: (units) => `− ${units} reserved`,
    safety: (units) => `− ${units} safety stock`,
    allowance: (units) => `+ ${units} allowed beyond`,
    others: (units) => `the other counters may sell ${units}`,
  },
  nl: {
    changes: {
      zero: 'Hij gaat naar nul: er is niets voor.',
      down: 'Hij toont minder.',
      up: 'Hij toont meer.',
      waits:
        'Hij zou meer moeten tonen, maar alles wat er is, is elders toegezegd; hij gaat omhoog zodra er iets vrij is.',
      stays: 'Hij blijft zoals hij is.',
      unlinked: 'Er is geen sku aan gekoppeld, dus er wordt niets geschreven.',
      uncounted: 'Niemand heeft geteld wat hij verkoopt, dus er wordt niets geschreven.',
      unseen: 'Zijn schap is nooit gelezen, dus er wordt niets geschreven.',
      uncountable: 'De winkel telt hem niet, dus er wordt niets geschreven.',
    },
    overcommitted: 'Er is meer toegezegd dan er is.',
    rebalance: 'Een andere teller heeft de stuks harder nodig.',
    rule: 'Een regel zegt het.',
    via: 'Hij toont even {n}, omdat deze winkel alleen hele getallen aanneemt.',
    mirror: 'Overal hetzelfde getal.',
    onHand: (units) => `${units} op voorraad`,
    reserved: (units) => `− ${units} gereserveerd`,
    safety: (units) => `− ${units} veiligheidsvoorraad`,
    allowance: (units) => `+ ${units} daarboven toegestaan`,
    others: (units) => `de andere tellers mogen er ${units} verkopen`,
  },
}

export function whyOf(row: DryRunRow, language: ExplainLanguage): string {
  const words = texts[language]
  const { change, reason, viaUnits, policy, terms } = row
  const cause = reason === null || reason === 'refill' ? '' : policy === 'mirror' ? words.mirror : words[reason]
  const via = viaUnits === null ? '' : words.via.replace('{n}', String(viaUnits))
  const sums = terms.map((one) => sumOf(one, words)).join(' ')
  return [words.changes[change], cause, sums, via].filter((part) => part !== '').join(' ')
}

function sumOf(term: ComponentTerms, words: DryRunTexts): string {
  const { sku, onHand, reserved, safetyUnits, allowanceUnits, heldForOthers } = term
  const parts = [
    words.onHand(onHand),
    ...(reserved === 0 ? [] : [words.reserved(reserved)]),
    ...(safetyUnits === 0 ? [] : [words.safety(safetyUnits)]),
    ...(allowanceUnits === 0 ? [] : [words.allowance(allowanceUnits)]),
  ]
  const others = heldForOthers === 0 ? '' : `; ${words.others(heldForOthers)}`
  return `${sku}: ${parts.join(' ')}${others}.`
}
