/** Access that runs out: renewed a little early, by one request at a time over all processes, and stored before it is used. */

import type { Secrets } from '../src/channel.ts'
import { ChannelError } from '../src/errors.ts'

const earlyMs = 5 * 60_000

export interface RenewalDeps<C> {
  readonly secrets: Secrets<C>
  /** How long the access token is still good: endless for one that never ends, negative when there is none. */
  leftMs(credentials: C): number
  /** Tells one access token from the next. */
  tokenOf(credentials: C): string | undefined
  /** Asks the shop for new tokens. Fails by ChannelError; `auth` when a person has to connect the shop again. */
  renew(credentials: C): Promise<C>
  /** The place at the rate limit for one renewal. */
  admit(): Promise<void>
}

export interface Renewal<C> {
  /** Credentials whose access token is good for now. */
  usable(): Promise<C>
  /** Credentials with another access token than the one that was refused. */
  renewed(refusedToken: string | undefined): Promise<C>
}

export function createRenewal<C>(deps: RenewalDeps<C>): Renewal<C> {
  const { secrets, leftMs, tokenOf } = deps
  let running: Promise<C> | undefined
  /** Granted but not yet durable: the old refresh token may be dead, so these are kept and stored before anything else. */
  let unsaved: C | undefined

  async function save(next: C): Promise<C> {
    unsaved = next
    await secrets.replace(next)
    unsaved = undefined
    return next
  }

  /** Under the lease: what another process stored meanwhile is as good, and its refresh token is the only one that lives. */
  async function step(from: C): Promise<C> {
    const stored = secrets.current()
    if (tokenOf(stored) !== tokenOf(from)) {
      unsaved = undefined
      if (leftMs(stored) > 0) return stored
    }
    return save(unsaved ?? (await deps.renew(stored)))
  }

  async function renew(from: C): Promise<C> {
    if (!unsaved) await deps.admit()
    try {
      return await (secrets.exclusively ? secrets.exclusively(() => step(from)) : step(from))
    } catch (cause) {
      if (cause instanceof ChannelError) throw cause
      throw new ChannelError('transient', 'Renewed access could not be stored, so it is not used yet.', { cause })
    }
  }

  /** All who ask while a renewal runs get its outcome. */
  function single(from: C): Promise<C> {
    running ??= renew(from).finally(() => {
      running = undefined
    })
    return running
  }

  return {
    async usable() {
      const current = secrets.current()
      const left = leftMs(current)
      if (!unsaved && left > earlyMs) return current
      try {
        return await single(current)
      } catch (error) {
        // Early means there is time: a hiccup of whoever grants tokens must not stop calls that would still work.
        if (!unsaved && left > 0 && error instanceof ChannelError && error.kind !== 'auth') return current
        throw error
      }
    },
    async renewed(refusedToken) {
      const current = secrets.current()
      if (tokenOf(current) !== refusedToken && !running) return current
      return single(current)
    },
  }
}
