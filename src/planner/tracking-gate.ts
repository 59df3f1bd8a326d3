/** The tracking gate: may this parcel's number be told to the shop that took the order, and in which words? Pure. */

import type { Provider } from '../channel.ts'
import type { Fulfilment, Instant, OrderPhase, Platform } from '../domain.ts'
import { type CheckName, isCheckRight, isPlaceholder, normalNumber } from './numbers.ts'

// ---------------------------------------------------------------- what is known of carriers; the data is handed in

export interface NumberFormat {
  readonly name: string
  readonly pattern: string
  readonly check?: CheckName | undefined
  /** No other carrier writes its numbers like this. */
  readonly distinct?: boolean | undefined
  /** A wrong check digit is only a note. */
  readonly lenient?: boolean | undefined
}

export interface Carrier {
  readonly id: string
  readonly title: string
  /** Carriers that share a name on labels, which may be an entry without formats; the number says which of them it is. */
  readonly family?: string | undefined
  readonly spellings: readonly string[]
  /** The spelling each platform wants. */
  readonly names: Readonly<Record<string, string>>
  /** Further names in a platform's own list, best first. */
  readonly providers?: readonly string[] | undefined
  /** A number in none of its formats is only a note. */
  readonly open?: boolean | undefined
  readonly formats: readonly NumberFormat[]
}

/** Numbers that a platform is known to refuse on some orders. */
export interface CarrierRefusal {
  readonly platform: string
  readonly carriers: readonly string[]
  readonly countries: readonly string[]
  /** Where the shop hides the address, the currency has to do. */
  readonly currencies: readonly string[]
  readonly sentence: string
}

export interface CarrierBook {
  readonly carriers: readonly Carrier[]
  readonly refusals: readonly CarrierRefusal[]
}

// ---------------------------------------------------------------- question and answer

export interface GateParcel {
  /** The shipping shop's text. */
  readonly carrier?: string | undefined
  readonly numbers: readonly string[]
  /** When the shipping shop says that it was made, as far as that is known. */
  readonly madeAt: Instant
}

export interface GateOrder {
  /** What people call it. */
  readonly name: string
  readonly platform: Platform
  readonly phase: OrderPhase
  readonly fulfilment: Fulfilment
  readonly placedAt: Instant
  readonly country?: string | undefined
  readonly currency: string
}

export interface GateContext {
  readonly book: CarrierBook
  /** The providers that the selling shop allows for this order; undefined where it keeps no list. */
  readonly providers?: readonly Provider[] | undefined
  /** Who else has this number, in words; undefined when nobody has. */
  readonly usedBy?: string | undefined
  /** A person has looked and says that it is right, naming the carrier where the parcel does not. */
  readonly confirmed?: { readonly carrier?: string | undefined } | undefined
}

const reasonCodes = [
  'no-number',
  'no-carrier',
  'unknown-carrier',
  'placeholder',
  'format',
  'check-digit',
  'other-carrier',
  'reused',
  'older-than-order',
  'not-ready',
  'order-cancelled',
  'platform-ships',
  'platform-label',
  'refused-carrier',
  'not-accepted',
  'several-numbers',
  'unusual-format',
  'already-told',
  'called-back',
  'family',
] as const
export type ReasonCode = (typeof reasonCodes)[number]

export const isReasonCode = (text: string): text is ReasonCode => reasonCodes.some((code) => code === text)

export interface Reason {
  readonly code: ReasonCode
  /** For people: what is wrong, and what to do. */
  readonly sentence: string
}

export interface Push {
  /** In the selling platform's spelling. */
  readonly carrier: string
  /** The platform's own id of it, where the order has a list of providers. */
  readonly provider?: string
  /** In normal form. */
  readonly number: string
}

/** `notes` are doubts that hold nothing: too small, or overruled by a person. */
export type GateVerdict =
  | { readonly ok: true; readonly push: Push; readonly notes: readonly Reason[] }
  | { readonly ok: false; readonly reasons: readonly Reason[]; readonly notes: readonly Reason[] }

/** What no person can overrule: the shop would refuse it, or it must not be told at all. */
const firm: ReadonlySet<ReasonCode> = new Set([
  'no-number',
  'no-carrier',
  'not-ready',
  'order-cancelled',
  'platform-ships',
  'platform-label',
  'refused-carrier',
  'not-accepted',
  'called-back',
])
export const canBeOverruled = (code: ReasonCode): boolean => !firm.has(code)

/** Shops' clocks differ by this much. */
const clocksDifferMs = 10 * 60_000

export function gate(parcel: GateParcel, order: GateOrder, context: GateContext): GateVerdict {
  const numbers = [...new Set(parcel.numbers.map(normalNumber).filter((number) => number !== ''))]
  const [number] = numbers
  const stop = ofOrder(order)
  if (stop) return { ok: false, reasons: [stop], notes: [] }
  if (number === undefined)
    return {
      ok: false,
      reasons: [{ code: 'no-number', sentence: 'The parcel has no tracking number yet.' }],
      notes: [],
    }
  const named = context.confirmed?.carrier ?? parcel.carrier?.trim()
  const found = carrierOf(named, number, context.book)
  const doubts = [
    ...found.doubts,
    ...ofNumber(number, found.carrier, context.book),
    ...ofUse(number, context.usedBy),
    ...ofAge(parcel, order, number),
    ...ofRefusals(number, found.carrier, order, context.book),
  ]
  const name = found.carrier?.names[order.platform] ?? found.carrier?.title ?? named ?? ''
  const provider = context.providers && providerOf(context.providers, found.carrier, name)
  if (context.providers && !provider && name)
    doubts.push(notAccepted(number, found.carrier?.title ?? name, context.providers))

  const isHeld = ({ code }: Reason) =>
    !onlyNoted.has(code) &&
    !(context.confirmed !== undefined && canBeOverruled(code)) &&
    // The shop that has to take it knows the carrier, whatever is known here.
    !(code === 'unknown-carrier' && provider !== undefined)
  const reasons = doubts.filter(isHeld)
  const notes = [...doubts.filter((doubt) => !isHeld(doubt)), ...moreNumbers(numbers)]
  if (reasons.length > 0) return { ok: false, reasons, notes }
  return { ok: true, push: { carrier: name, ...(provider ? { provider: provider.id } : {}), number }, notes }
}

const onlyNoted: ReadonlySet<ReasonCode> = new Set(['several-numbers', 'unusual-format', 'family'])

// ---------------------------------------------------------------- the order

function ofOrder({ name, phase, fulfilment }: GateOrder): Reason | undefined {
  if (fulfilment === 'platform')
    return {
      code: 'platform-ships',
      sentence: `Order ${name} is sent by the platform itself, from its own warehouse: it takes no number, and nothing should have been sent from here.`,
    }
  if (fulfilment === 'platform_label')
    return {
      code: 'platform-label',
      sentence: `Order ${name} goes out with a label and a number by the platform. Another number must not be told: check which label is on the parcel.`,
    }
  if (phase === 'cancelled')
    return {
      code: 'order-cancelled',
      sentence: `Order ${name} was cancelled in the shop that took it: stop the parcel, or ask for it back.`,
    }
  if (phase === 'draft' || phase === 'unpaid' || phase === 'on_hold')
    return {
      code: 'not-ready',
      sentence: `Order ${name} must not be shipped yet (${phase.replace('_', ' ')}). Its parcel is told as soon as it may be.`,
    }
  return undefined
}

function ofAge(parcel: GateParcel, order: GateOrder, number: string): Reason[] {
  if (parcel.madeAt >= order.placedAt - clocksDifferMs) return []
  const day = (at: Instant) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return [
    {
      code: 'older-than-order',
      sentence: `Parcel ${number} is from ${day(parcel.madeAt)} UTC, before order ${order.name} was placed (${day(order.placedAt)} UTC): it can hardly be this order's parcel.`,
    },
  ]
}

function ofUse(number: string, usedBy: string | undefined): Reason[] {
  if (usedBy === undefined) return []
  return [{ code: 'reused', sentence: `Number ${number} is already used for ${usedBy}.` }]
}

function ofRefusals(number: string, carrier: Carrier | undefined, order: GateOrder, book: CarrierBook): Reason[] {
  const isThere = ({ countries, currencies }: CarrierRefusal) =>
    order.country === undefined ? currencies.includes(order.currency) : countries.includes(order.country)
  return book.refusals
    .filter((rule) => rule.platform === order.platform && isThere(rule))
    .filter(({ carriers }) => {
      // What the number is counts as much as what the label is called.
      const written = carriers.some((id) => book.carriers.some((each) => each.id === id && isOf(each, number)))
      return (carrier && carriers.includes(carrier.id)) || (!carrier && written)
    })
    .map(({ sentence }) => ({ code: 'refused-carrier', sentence: `Parcel ${number}: ${sentence}` }))
}

// ---------------------------------------------------------------- the carrier

const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')

const namesOf = (carrier: Carrier) => [carrier.id, carrier.title, ...carrier.spellings].map(plain)

const distinctlyOf = (carrier: Carrier, number: string) =>
  carrier.formats.some((format) => format.distinct === true && fits(format, number))

const isOf = (carrier: Carrier, number: string) => carrier.formats.some((format) => fits(format, number))

const matches = ({ pattern }: NumberFormat, number: string) => new RegExp(pattern).test(number)

const fits = (format: NumberFormat, number: string) =>
  matches(format, number) && (format.check === undefined || isCheckRight(format.check, number))

interface Found {
  readonly carrier?: Carrier
  readonly doubts: readonly Reason[]
}

/** A name that several carriers share, or a relative's, is decided by the number; without a name only a telling number is. */
function carrierOf(text: string | undefined, number: string, { carriers }: CarrierBook): Found {
  if (!text) {
    const telling = carriers.filter((carrier) => distinctlyOf(carrier, number))
    const [only] = telling
    if (only && telling.length === 1)
      return {
        carrier: only,
        doubts: [
          { code: 'family', sentence: `Parcel ${number} names no carrier; its number is one of ${only.title}.` },
        ],
      }
    const sentence = `Parcel ${number} names no carrier. Fill it in where the parcel was made.`
    return { doubts: [{ code: 'no-carrier', sentence }] }
  }
  const meant = carriers.filter((carrier) => namesOf(carrier).includes(plain(text)))
  const [first] = meant
  if (!first) {
    const sentence = `Parcel ${number} was sent with "${text}", a carrier that Onhand does not know.`
    return { doubts: [{ code: 'unknown-carrier', sentence }] }
  }
  const writer = meant.find((carrier) => isOf(carrier, number))
  if (writer) return { carrier: writer, doubts: [] }
  const relative = carriers.find(
    (carrier) => first.family !== undefined && carrier.family === first.family && isOf(carrier, number),
  )
  if (!relative) return { carrier: first, doubts: [] }
  if (first.formats.length === 0) return { carrier: relative, doubts: [] }
  const sentence = `Parcel ${number} was sent as ${first.title}; its number is one of ${relative.title}, and it is told as such.`
  return { carrier: relative, doubts: [{ code: 'family', sentence }] }
}

/** A name without formats of its own stands for all of its family. */
const formatsOf = (carrier: Carrier, carriers: readonly Carrier[]): readonly NumberFormat[] =>
  carrier.formats.length > 0
    ? carrier.formats
    : carriers.filter(({ family }) => family !== undefined && family === carrier.family).flatMap((each) => each.formats)

/** What the number itself gives away. */
function ofNumber(number: string, carrier: Carrier | undefined, { carriers }: CarrierBook): Reason[] {
  if (isPlaceholder(number))
    return [{ code: 'placeholder', sentence: `"${number}" is not a tracking number: it looks typed to get on.` }]
  if (!carrier || isOf(carrier, number)) return []
  const formats = formatsOf(carrier, carriers)
  const known = formats.filter((format) => matches(format, number))
  const other = carriers.find((each) => each.id !== carrier.id && distinctlyOf(each, number))
  if (known.length === 0 && other)
    return [
      {
        code: 'other-carrier',
        sentence: `Number ${number} is one of ${other.title}, but the parcel was sent with ${carrier.title}. Correct one of them.`,
      },
    ]
  if (known.length > 0 && !known.some(({ lenient }) => lenient))
    return [
      {
        code: 'check-digit',
        sentence: `Number ${number} looks like ${carrier.title}, but its check digit is wrong: a sign is mistyped.`,
      },
    ]
  if (known.length > 0 || carrier.open)
    return [{ code: 'unusual-format', sentence: `Number ${number} is written unlike those known of ${carrier.title}.` }]
  return [
    {
      code: 'format',
      sentence: `Number ${number} is not written as ${carrier.title} writes its numbers (${formats.map(({ name }) => name).join(', ')}).`,
    },
  ]
}

// ---------------------------------------------------------------- the platform's list

/** By the platform's own name first, then the names it may have it under, then whatever names the same carrier. */
function providerOf(providers: readonly Provider[], carrier: Carrier | undefined, name: string): Provider | undefined {
  const wanted = [name, ...(carrier ? [carrier.title, ...(carrier.providers ?? []), ...carrier.spellings] : [])]
  for (const each of wanted) {
    const same = providers.find((provider) => plain(provider.name) === plain(each))
    if (same) return same
  }
  return undefined
}

const namedMax = 12

function notAccepted(number: string, title: string, providers: readonly Provider[]): Reason {
  const names = providers.slice(0, namedMax).map(({ name }) => name)
  const list =
    providers.length > namedMax ? `${names.join(', ')} and ${providers.length - namedMax} more` : names.join(', ')
  return {
    code: 'not-accepted',
    sentence: `The shop's list of carriers for this order has no ${title}, so parcel ${number} would be refused. It has ${list}.`,
  }
}

function moreNumbers([first, ...more]: readonly string[]): Reason[] {
  if (more.length === 0) return []
  const sentence = `The parcel has several numbers: ${first} is told, ${more.join(', ')} is not.`
  return [{ code: 'several-numbers', sentence }]
}
