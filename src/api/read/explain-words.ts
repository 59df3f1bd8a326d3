/** The sentences of an explanation, one dictionary per language: what each term is and why it is as large as it is. */

import type { MovementTable, RuleTable } from '../../store/tables.ts'

export const explainLanguages = ['en', 'nl'] as const
export type ExplainLanguage = (typeof explainLanguages)[number]

export const termNames = ['onHand', 'reserved', 'safety', 'allowance', 'heldForOthers', 'doubt', 'pool'] as const
export type TermName = (typeof termNames)[number]

/** Who decided something, and when. */
export type Decided = Pick<RuleTable, 'made_by' | 'made_at'>

export type NewestMovement = Pick<MovementTable, 'kind' | 'on_hand_delta' | 'reason' | 'at'>

export interface ExplainWords {
  readonly labels: Readonly<Record<TermName | 'shown', string>>
  onHand(newest: NewestMovement | undefined, at: string): string
  reserved(orders: readonly string[], count: number): string
  safety(by: Decided | undefined, at: string): string
  allowance(by: Decided | undefined, at: string): string
  heldForOthers(others: readonly string[], count: number): string
  readonly write: string
  readonly unsettled: string
  checkouts(until: string | null): string
  readonly pool: string
  short(units: number): string
  readonly mirrored: string
  readonly uncounted: string
  shown(units: number, unitsPerSale: number): string
  told(units: number, at: string): string
  readonly notTold: string
  readonly unseen: string
  readonly notes: {
    lock(units: number, until: string): string
    cap(units: number): string
    fixed(units: number): string
    min(units: number): string
    readonly paused: string
    bundle(skus: readonly string[]): string
  }
}

const signed = (units: number) => (units > 0 ? `+${units}` : String(units).replace('-', '−'))
const listed = (names: readonly string[], count: number, more: (n: number) => string) =>
  `${names.join(', ')}${count > names.length ? ` ${more(count - names.length)}` : ''}`

const en: ExplainWords = {
  labels: {
    onHand: 'on hand',
    reserved: 'reserved',
    safety: 'safety stock',
    allowance: 'allowance',
    heldForOthers: 'held for other counters',
    doubt: 'in doubt here',
    pool: 'in the pool',
    shown: 'shown',
  },
  onHand(newest, at) {
    if (!newest) return 'Nothing has been counted yet.'
    const what = { receive: 'received', adjust: 'corrected', ship: 'shipped', return: 'returned' }
    const word = what[newest.kind === 'reserve' || newest.kind === 'release' ? 'adjust' : newest.kind]
    return `Counted. The last change was ${signed(newest.on_hand_delta)}, ${word}, at ${at}${newest.reason ? ` (${newest.reason})` : ''}.`
  },
  reserved: (orders, count) =>
    count === 0
      ? 'No order waits for it.'
      : `Sold and not shipped, in ${count === 1 ? 'one order' : `${count} orders`}: ${listed(orders, count, (n) => `and ${n} more`)}.`,
  safety: (by, at) => (by ? `Never offered anywhere, as ${by.made_by} said at ${at}.` : 'Nothing is kept back.'),
  allowance: (by, at) =>
    by ? `May be sold beyond what is there, as ${by.made_by} said at ${at}.` : 'Nothing may be sold that is not there.',
  heldForOthers: (others, count) =>
    count === 0
      ? 'No other counter may sell it.'
      : `May still be sold elsewhere, sales that we have not heard of yet included: ${listed(others, count, (n) => `and ${n} more`)}.`,
  write: 'A write is under way that may be in effect already.',
  unsettled:
    'The last write was acknowledged, and what was sold just before it is known only after a look at the shelf.',
  checkouts: (until) =>
    `Checkouts that were opened before the number was lowered may still pay${until ? `, until ${until}` : ''}.`,
  pool: 'Kept in the middle for whichever counter sells next.',
  short: (units) => `More is promised than there is: ${units} too many. The counters are lowered until it fits.`,
  mirrored: 'Its policy is mirror: every counter shows the same units, so they are promised more than once.',
  uncounted: 'Nobody has counted it yet: nothing is told to this counter, and what it shows is its own number.',
  shown: (units, unitsPerSale) =>
    unitsPerSale === 1 ? `${units} to be sold.` : `${units} to be sold, ${unitsPerSale} units each.`,
  told: (units, at) => `The shop was last told ${units}, at ${at}.`,
  notTold: 'The shop has been told nothing yet; it shows what it showed when it was connected.',
  unseen: 'Its shelf has not been looked at yet, so nothing is told to it.',
  notes: {
    lock: (units, until) => `${units} are locked for it until ${until}.`,
    cap: (units) => `It shows ${units} at most.`,
    fixed: (units) => `Exactly ${units} are kept for it.`,
    min: (units) => `It shows ${units} at least, while there is enough.`,
    paused: 'It is paused: nothing is written to it.',
    bundle: (skus) => `A sale takes ${skus.join(', ')} as well; the scarcest of them limits it.`,
  },
}

const nl: ExplainWords = {
  labels: {
    onHand: 'op voorraad',
    reserved: 'gereserveerd',
    safety: 'veiligheidsvoorraad',
    allowance: 'extra verkoopbaar',
    heldForOthers: 'voor andere tellers',
    doubt: 'hier onzeker',
    pool: 'in de pot',
    shown: 'getoond',
  },
  onHand(newest, at) {
    if (!newest) return 'Er is nog niets geteld.'
    const what = { receive: 'ontvangen', adjust: 'gecorrigeerd', ship: 'verzonden', return: 'teruggekomen' }
    const word = what[newest.kind === 'reserve' || newest.kind === 'release' ? 'adjust' : newest.kind]
    return `Geteld. De laatste wijziging was ${signed(newest.on_hand_delta)}, ${word}, op ${at}${newest.reason ? ` (${newest.reason})` : ''}.`
  },
  reserved: (orders, count) =>
    count === 0
      ? 'Geen bestelling wacht erop.'
      : `Verkocht en niet verzonden, in ${count === 1 ? 'één bestelling' : `${count} bestellingen`}: ${listed(orders, count, (n) => `en ${n} meer`)}.`,
  safety: (by, at) => (by ? `Wordt nergens aangeboden, zei ${by.made_by} op ${at}.` : 'Er wordt niets achtergehouden.'),
  allowance: (by, at) =>
    by
      ? `Mag verkocht worden boven wat er is, zei ${by.made_by} op ${at}.`
      : 'Er mag niets verkocht worden dat er niet is.',
  heldForOthers: (others, count) =>
    count === 0
      ? 'Geen andere teller mag het verkopen.'
      : `Mag elders nog verkocht worden, ook door verkopen waarvan wij nog niet weten: ${listed(others, count, (n) => `en ${n} meer`)}.`,
  write: 'Er is een wijziging onderweg die al kan gelden.',
  unsettled:
    'De laatste wijziging is bevestigd; wat vlak ervoor verkocht werd blijkt pas als er naar het schap is gekeken.',
  checkouts: (until) =>
    `Wie al afrekende voordat het aantal werd verlaagd kan nog betalen${until ? `, tot ${until}` : ''}.`,
  pool: 'Blijft in het midden voor de teller die het eerst verkoopt.',
  short: (units) => `Er is meer toegezegd dan er is: ${units} te veel. De tellers worden verlaagd tot het past.`,
  mirrored: 'Het beleid is mirror: elke teller toont dezelfde stuks, die zo meer dan eens zijn toegezegd.',
  uncounted: 'Niemand heeft het nog geteld: aan deze teller wordt niets gemeld, en wat hij toont is zijn eigen aantal.',
  shown: (units, unitsPerSale) =>
    unitsPerSale === 1 ? `${units} te koop.` : `${units} te koop, van elk ${unitsPerSale} stuks.`,
  told: (units, at) => `Aan de winkel werd het laatst ${units} gemeld, op ${at}.`,
  notTold: 'Aan de winkel is nog niets gemeld; hij toont wat hij toonde toen hij verbonden werd.',
  unseen: 'Naar zijn schap is nog niet gekeken, dus er wordt niets aan gemeld.',
  notes: {
    lock: (units, until) => `${units} zijn ervoor vastgezet tot ${until}.`,
    cap: (units) => `Hij toont er hoogstens ${units}.`,
    fixed: (units) => `Er zijn er precies ${units} voor.`,
    min: (units) => `Hij toont er minstens ${units}, zolang er genoeg is.`,
    paused: 'Hij is stilgezet: er wordt niets aan gemeld.',
    bundle: (skus) => `Een verkoop neemt ook ${skus.join(', ')}; het schaarste bepaalt het aantal.`,
  },
}

export const explainWords: Readonly<Record<ExplainLanguage, ExplainWords>> = { en, nl }

/** `2026-06-15 18:00:05 UTC` */
export const momentText = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
