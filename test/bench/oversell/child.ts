/** One process of the bench: plays the tasks it is sent, one after another, and sends back what came of them. */

import { play } from './play.ts'
import { policies } from './plot.ts'
import { plotOfTask, type Task } from './scenarios.ts'

process.on('message', (message: unknown) => {
  // Safe: the bench is the only one that sends.
  const task = message as Task
  const policy = policies.find(({ name }) => name === task.policy)
  if (!policy) throw new Error(`There is no policy ${task.policy}.`)
  void play(plotOfTask(task), policy, task.seed).then((played) => process.send?.(played))
})
