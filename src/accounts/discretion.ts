/** A shop's refusal may repeat what it was sent, keys included: they are struck out before anybody keeps or shows the words. */

import type { Channel, RowResult } from '../channel.ts'

/** Shorter texts of the credentials are no secrets, and would strike out ordinary words. */
const secretLengthMin = 8
const struck = '•••'

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= secretLengthMin ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** In base64 the same bytes look three ways, by what stands before them: the characters that they alone decide. */
const inBase64 = (secret: string): string[] =>
  [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    return bytes.toString('base64').slice(Math.ceil((before * 4) / 3), Math.floor((bytes.length * 4) / 3))
  })

/** The text without the credentials, as they are and as headers and addresses carry them. */
export function strikeOut(text: string, credentials: unknown): string {
  const secrets = textsIn(credentials)
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), ...inBase64(secret)])
  return forms.toSorted((a, b) => b.length - a.length).reduce((rest, form) => rest.replaceAll(form, struck), text)
}

/** The same channel, whose errors and refusals say nothing of its own credentials. */
export function discreet(channel: Channel, credentials: () => unknown): Channel {
  function clean(error: unknown): unknown {
    if (error instanceof Error) error.message = strikeOut(error.message, credentials())
    return error
  }

  async function cleaned<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw clean(error)
    }
  }

  const cleanRow = (row: RowResult): RowResult => {
    if (!row.ok) return { ...row, message: strikeOut(row.message, credentials()) }
    return row.warning === undefined ? row : { ...row, warning: strikeOut(row.warning, credentials()) }
  }

  const { subscriptions } = channel
  return {
    ...channel,
    fetch: (wanted) => cleaned(channel.fetch(wanted)),
    write: async (call) => ({ rows: (await cleaned(channel.write(call))).rows.map(cleanRow) }),
    async *poll(topic, since) {
      try {
        yield* channel.poll(topic, since)
      } catch (error) {
        throw clean(error)
      }
    },
    subscriptions: {
      ...subscriptions,
      audit: () => cleaned(subscriptions.audit()),
      repair: () => cleaned(subscriptions.repair()),
    },
  }
}
