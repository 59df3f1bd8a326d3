/** Processes that play evenings side by side: one world at a time each, since virtual time owns its process. */

import { type ChildProcess, fork } from 'node:child_process'
import type { Story } from './evening.ts'
import { playSeed } from './play.ts'

export interface Player {
  /** Rejects when its process ends before the evening does. */
  play(seed: number): Promise<Story>
  close(): void
}

const ownChild = new URL('./child.ts', import.meta.url).pathname

/** One player is this process itself, so that a debugger and a profiler see the evening; `child` may be of another copy of the source. */
export function openPlayers(count: number, database: string | undefined, child = ownChild): Player[] {
  if (count === 1) return [{ play: (seed) => playSeed(seed, database), close: () => undefined }]
  return Array.from({ length: count }, () => openChild(database, child))
}

/** Worlds leave memory behind that only the end of their process gives back. */
const playsPerChild = 50

function openChild(database: string | undefined, path: string): Player {
  const start = () => fork(path, database === undefined ? [] : [database])
  let child = start()
  let plays = 0
  return {
    play(seed) {
      if (++plays % playsPerChild === 0) {
        child.disconnect()
        child = start()
      }
      return playIn(child, seed)
    },
    close: () => child.disconnect(),
  }
}

const playIn = (child: ChildProcess, seed: number): Promise<Story> =>
  new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`Seed ${seed}: its process ended with ${code}.`))
    child.once('exit', died)
    // Safe: child.ts sends nothing else.
    child.once('message', (story: unknown) => {
      child.off('exit', died)
      resolve(story as Story)
    })
    child.send(seed)
  })
