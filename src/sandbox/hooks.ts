/** Sends a sandbox shop's webhooks the way the world does: late, twice, out of order, or not at all. */

import type { SandboxDeps } from './shop.ts'

export interface Hook {
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
}

export interface HookRules {
  /** Waits before the retries after a failed delivery; empty for a platform that never retries. */
  readonly retryAfterMs: readonly number[]
  readonly timeoutMs: number
  isSuccess(status: number): boolean
  /** Told of every attempt, so that a shop can switch a subscription off. */
  onAttempt?(hook: Hook, ok: boolean): void
}

export interface Hooks {
  send(hook: Hook): void
  hold(): void
  release(): void
  underway(): number
  readonly sent: number
  readonly lost: number
}

/** A log-normal delay: half arrive before the median, a few much later. Box-Muller on the handed-in randomness. */
function delayMs({ random, chaos }: SandboxDeps): number {
  const u = Math.max(random.next(), 1e-9)
  const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * random.next())
  return Math.min(60_000, chaos.medianDelayMs * Math.exp(chaos.spread * normal))
}

export function createHooks(deps: SandboxDeps, rules: HookRules): Hooks {
  const { clock, random, chaos } = deps
  let underway = 0
  let sent = 0
  let lost = 0
  let held: (() => void)[] | undefined

  const released = () => (held ? new Promise<void>((resolve) => held?.push(resolve)) : Promise.resolve())

  async function attempt(hook: Hook): Promise<boolean> {
    sent++
    const patience = new AbortController()
    try {
      const request = new Request(hook.url, { method: 'POST', headers: hook.headers, body: hook.body })
      const tooLate = clock.sleep(rules.timeoutMs, patience.signal).then(
        () => undefined,
        () => undefined,
      )
      const answer = await Promise.race([deps.fetch(request), tooLate])
      return answer !== undefined && rules.isSuccess(answer.status)
    } catch {
      return false
    } finally {
      patience.abort()
    }
  }

  async function deliver(hook: Hook): Promise<void> {
    underway++
    try {
      await clock.sleep(delayMs(deps))
      for (const waitMs of [...rules.retryAfterMs, undefined]) {
        await released()
        const ok = await attempt(hook)
        rules.onAttempt?.(hook, ok)
        if (ok || waitMs === undefined) return
        await clock.sleep(waitMs)
      }
    } finally {
      underway--
    }
  }

  return {
    send(hook) {
      if (random.next() < chaos.lost) {
        lost++
        return
      }
      void deliver(hook)
      if (random.next() < chaos.doubled) void deliver(hook)
    },
    hold() {
      held ??= []
    },
    release() {
      const waiting = held ?? []
      held = undefined
      for (const go of waiting) go()
    },
    underway: () => underway,
    get sent() {
      return sent
    },
    get lost() {
      return lost
    },
  }
}
