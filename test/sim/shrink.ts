/** Makes the story of a failure short: leaves acts out as long as the same law still breaks. */

import { playEvening, type Story } from './evening.ts'
import type { Act } from './scene.ts'

const playsMax = 80

/** The law that broke, without its numbers. */
export const lawOf = ({ faults }: Pick<Story, 'faults'>): string => faults[0]?.split(':')[0] ?? ''

/** Delta debugging: halves first, then ever smaller parts, each left out for good when it is not needed. */
export async function shorten(story: Story, databaseUrl?: string): Promise<Story> {
  const law = lawOf(story)
  let shortest = story
  let plays = 0
  for (let size = Math.ceil(story.acts.length / 2); size >= 1; ) {
    const smaller = await withoutOne(shortest.acts, size)
    if (smaller) shortest = smaller
    else if (size === 1) break
    else size = Math.ceil(size / 2)
    if (plays >= playsMax) break
  }
  return shortest

  async function withoutOne(acts: readonly Act[], size: number): Promise<Story | undefined> {
    // What comes last is needed least.
    for (let at = Math.max(0, acts.length - size); ; at = Math.max(0, at - size)) {
      if (plays >= playsMax) return undefined
      plays++
      const fewer = [...acts.slice(0, at), ...acts.slice(at + size)]
      const next = await playEvening(story.seed, { acts: fewer, databaseUrl })
      if (next.faults.length > 0 && lawOf(next) === law) return next
      if (at === 0) return undefined
    }
  }
}
