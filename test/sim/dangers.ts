/** Crashes, pauses and webhooks of the past, set up by acts and carried out when their moment comes. */

import type { AtPoint } from '../support/lives.ts'
import type { PlatformName, World } from '../support/world.ts'
import type { Coverage, Dangers } from './scene.ts'

interface Hook {
  readonly platform: PlatformName
  readonly body: string
  readonly headers: Record<string, string>
}

export interface SimDangers extends Dangers {
  readonly at: AtPoint
  onHook(platform: PlatformName, hook: Omit<Hook, 'platform'>): void
  arm(on: boolean): void
  /** Starts a process where none is; true when it did. */
  goOn(): Promise<boolean>
  /** What was set up happens now or never, and somebody works again. */
  end(): Promise<void>
}

const hooksKept = 40
/** A process that woke up beside its successor works so much longer before somebody ends it. */
const besideMs = 20_000

export function createDangers(world: () => World, coverage: Coverage): SimDangers {
  const hooks: Hook[] = []
  let isArmed = false
  let crash: { left: number; downMs: number } | undefined
  let pause: { left: number; ms: number; takesOver: boolean } | undefined
  let upAt: number | undefined
  let takeOver: { resumesAt: number } | undefined
  let former: { end: () => void; endsAt: number } | undefined

  const at: AtPoint = ({ kind, when }) => {
    if (!isArmed || world().isDown()) return undefined
    if (crash && --crash.left <= 0) {
      coverage.count('crashed')
      coverage.count(`crash: ${kind}, ${when}`)
      upAt = world().clock.now() + crash.downMs
      crash = undefined
      return 'die'
    }
    if (pause && when !== 'within' && --pause.left <= 0) {
      const { ms, takesOver } = pause
      pause = undefined
      coverage.count('paused')
      coverage.count(`pause: ${kind}, ${when}`)
      if (takesOver && !former) takeOver = { resumesAt: world().clock.now() + ms }
      return ms
    }
    return undefined
  }

  async function start(): Promise<{ end(): void }> {
    const before = await world().restart()
    // It may die while it starts.
    void world().engine.start()
    return before
  }

  return {
    at,
    onHook(platform, hook) {
      coverage.count('webhooks')
      hooks.push({ platform, ...hook })
      if (hooks.length > hooksKept) hooks.shift()
    },
    arm(on) {
      isArmed = on
    },
    crash(inPoints, downMs) {
      crash ??= { left: inPoints, downMs }
    },
    pause(inPoints, ms, takesOver) {
      pause ??= { left: inPoints, ms, takesOver }
    },
    async redeliver(which) {
      const hook = hooks[Math.floor(which * hooks.length)]
      if (!hook || world().isDown()) return
      coverage.count('stale webhook again')
      const answer = world().knock(hook.platform, hook.body, hook.headers)
      answer.catch(() => undefined)
    },
    async goOn() {
      const now = world().clock.now()
      if (former && now >= former.endsAt) {
        former.end()
        former = undefined
      }
      if (world().isDown() && now >= (upAt ?? now)) {
        upAt = undefined
        await start()
        return true
      }
      if (!takeOver) return false
      const { resumesAt } = takeOver
      takeOver = undefined
      coverage.count('taken over while paused')
      former = { end: (await start()).end, endsAt: resumesAt + besideMs }
      return true
    },
    async end() {
      // Whatever was set up and did not come to pass dies here, so that every seed has its crash.
      for (let passed = 0; crash && passed < 60; passed++) await world().pass(500)
      isArmed = false
      upAt = undefined
      if (world().isDown()) await start()
    },
  }
}
