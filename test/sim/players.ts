/** Processes that play evenings side by side: one world at a time each, since virtual time owns its process. */

import { fork } from 'node:child_process'
import { playEvening, type Story } from './evening.ts'

export interface Player {
  /** Rejects when its process ends before the evening does. */
  play(seed: number): Promise<Story>
  close(): void
}

/** One player is this process itself, so that a debugger and a profiler see the evening. */
export function openPlayers(count: number, databaseUrl: string | undefined): Player[] {
  if (count === 1) return [{ play: (seed) => playEvening(seed, { databaseUrl }), close: () => undefined }]
  return Array.from({ length: count }, () => openChild())
}

function openChild(): Player {
  const child = fork(new URL('./child.ts', import.meta.url))
  return {
    play: (seed) =>
      new Promise((resolve, reject) => {
        const died = (code: number | null) => reject(new Error(`Seed ${seed}: its process ended with ${code}.`))
        child.once('exit', died)
        // Safe: child.ts sends nothing else.
        child.once('message', (story: unknown) => {
          child.off('exit', died)
          resolve(story as Story)
        })
        child.send(seed)
      }),
    close: () => child.disconnect(),
  }
}
