/** Makes the story of a failure short: leaves acts out as long as the same law still breaks. */

import type { Story } from './evening.ts'
import type { Act } from './scene.ts'

const playsMax = 60

/** The law that broke, without its numbers. */
export const lawOf = ({ faults }: Pick<Story, 'faults'>): string => faults[0]?.split(':')[0] ?? ''

/** Delta debugging: halves first, then ever smaller parts, each left out for good when it is not needed. */
export async function shorten(story: Story, play: (acts: readonly Act[]) => Promise<Story>): Promise<Story> {
  const law = lawOf(story)
  let shortest = story
  let plays = 0

  /** Without one run of so many acts; those that come last are needed least. */
  async function without(size: number): Promise<Story | undefined> {
    const { acts } = shortest
    for (let at = acts.length - size; at > -size && plays < playsMax; at -= size) {
      plays++
      const next = await play([...acts.slice(0, Math.max(0, at)), ...acts.slice(at + size)])
      if (next.faults.length > 0 && lawOf(next) === law) return next
    }
    return undefined
  }

  for (let size = Math.ceil(story.acts.length / 2); plays < playsMax && shortest.acts.length > 0; ) {
    const shorter = await without(Math.min(size, shortest.acts.length))
    if (shorter) shortest = shorter
    else if (size === 1) break
    else size = Math.ceil(size / 2)
  }
  return shortest
}
