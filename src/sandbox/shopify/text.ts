/** How Shopify writes times, money and numbers. */

/** `2026-06-15T18:00:00Z`: GraphQL times have whole seconds. */
export const utcText = (ms: number): string => `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`

/** `2026-06-15T18:00:00.123000Z`: the triggered-at header has microseconds. */
export const microText = (ms: number): string => new Date(Math.floor(ms)).toISOString().replace('Z', '000Z')

/** Webhook bodies write times in the shop's zone (`2026-06-15T20:00:00+02:00`). */
export function shopTimes(timeZone: string): (ms: number) => string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offsets = new Map<number, string>()
  return (ms) => {
    const hour = Math.floor(ms / 3_600_000)
    let offset = offsets.get(hour)
    if (offset === undefined) {
      const name = parts.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
      offset = name.slice(3) || '+00:00'
      offsets.set(hour, offset)
    }
    const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number)
    const shift = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
    return new Date(ms + shift).toISOString().slice(0, 19) + offset
  }
}

/** Cents of a decimal string with any number of places; half a cent is rounded up. Undefined when it is not a number. */
export function cents(text: string): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return undefined
  const fraction = (match[3] ?? '').padEnd(3, '0')
  const amount = Number(match[2]) * 100 + Number(fraction.slice(0, 2)) + (Number(fraction[2]) >= 5 ? 1 : 0)
  return match[1] ? -amount : amount
}

/** `12.50`: the Money scalar and webhook bodies. */
export function moneyText(amountCents: number): string {
  const digits = String(Math.abs(amountCents)).padStart(3, '0')
  return `${amountCents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** `12.5`, `10.0`: the Decimal scalar of a MoneyV2 drops a last zero but keeps one place. */
export const decimalText = (amountCents: number): string => moneyText(amountCents).replace(/0$/, '')

const rawMark = '\u0001'

/** A number in a JSON body that must keep all its digits. Only `jsonText` understands it. */
export const rawNumber = (digits: string): string => `${rawMark}${digits}`

/** JSON text in which every `rawNumber` stands as a bare number. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(/"\\u0001(-?[\d.]+)"/g, '$1')
