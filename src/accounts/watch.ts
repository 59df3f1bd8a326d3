/** Notices that a shop refuses our credentials: several refusals in a row, with no success between, mean that a person has to look. */

import type { Channel } from '../channel.ts'
import { ChannelError } from '../errors.ts'

/** WooCommerce answers 401 for passing proxy trouble as well: one refusal proves nothing. */
const refusalsInARow = 3

/** The same channel; `onRefused` is called once per run of refusals, with the shop's words. */
export function watchCredentials(channel: Channel, onRefused: (reason: string) => void): Channel {
  let refusals = 0

  function note(error: unknown): void {
    if (!(error instanceof ChannelError) || error.kind !== 'auth') return
    refusals++
    if (refusals === refusalsInARow) onRefused(error.message)
  }

  async function watched<T>(work: Promise<T>): Promise<T> {
    try {
      const done = await work
      refusals = 0
      return done
    } catch (error) {
      note(error)
      throw error
    }
  }

  return {
    ...channel,
    fetch: (wanted) => watched(channel.fetch(wanted)),
    write: (call) => watched(channel.write(call)),
    async *poll(topic, since) {
      try {
        yield* channel.poll(topic, since)
        refusals = 0
      } catch (error) {
        note(error)
        throw error
      }
    },
  }
}
