/** One process of a simulation: plays the seeds it is sent, one after another, and sends the stories back. */

import { playEvening } from './evening.ts'

process.on('message', (seed: unknown) => {
  void playEvening(Number(seed)).then((story) => process.send?.(story))
})
