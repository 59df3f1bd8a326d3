/** Plays as many adversarial runs as wanted: `node test/planner/model/main.ts --runs 20000 --steps 200 --from 1`. */

import { parseArgs } from 'node:util'
import * as transitions from '../../../src/planner/rights.ts'
import { emptyTally, hunt, shrink } from './play.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    steps: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
  },
})
const [runs, stepsPerRun, from] = [Number(values.runs), Number(values.steps), Number(values.from)]
const startedAt = performance.now()
const tally = emptyTally()
const failure = hunt(transitions, { runs, from, stepsPerRun, tally })
if (failure) {
  process.stdout.write(`${JSON.stringify(shrink(failure, transitions), null, 1)}\n`)
  process.exitCode = 1
} else {
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  process.stdout.write(`${runs} runs in ${seconds} s: no law was broken ${JSON.stringify(tally)}\n`)
}
