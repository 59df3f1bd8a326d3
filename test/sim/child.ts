/** One process of a simulation: plays the seeds it is sent, one after another, and sends the stories back. */

import { playSeed } from './play.ts'

const database = process.argv[2]

process.on('message', (seed: unknown) => {
  void playSeed(Number(seed), database).then((story) => process.send?.(story))
})
