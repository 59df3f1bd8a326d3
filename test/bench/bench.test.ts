import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const run = (...words: string[]) =>
  promisify(execFile)(process.execPath, ['test/bench/main.ts', ...words], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })

const report = z.strictObject({
  name: z.string(),
  machine: z.strictObject({
    cpu: z.string().min(1),
    cores: z.int().positive(),
    node: z.string().startsWith('v24.'),
    date: z.iso.date(),
  }),
  figures: z.record(z.string(), z.number()),
  goals: z
    .array(
      z.strictObject({
        figure: z.string(),
        atMost: z.number().optional(),
        atLeast: z.number().optional(),
        met: z.boolean(),
      }),
    )
    .nonempty(),
  met: z.boolean(),
})

describe('npm run bench', () => {
  it('lists what it can measure', async () => {
    const { stdout } = await run()
    for (const name of ['ingest', 'ledger', 'plan', 'sync', 'idle', 'oversell', 'latency'])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
  })

  it('fails when there is no such bench', async () => {
    await expect(run('nothing')).rejects.toMatchObject({ code: 1 })
  })

  // What they measure here means nothing; that they measure is what is tested.
  it.each(['ingest', 'ledger', 'plan', 'sync', 'idle', 'oversell', 'latency'])(
    '%s runs and says what it found',
    { timeout: 120_000 },
    async (name) => {
      const { stdout } = await run(name, '--json', '--quick')
      const said = report.parse(JSON.parse(stdout))
      expect(said.name).toBe(name)
      for (const { figure } of said.goals) expect(said.figures).toHaveProperty(figure)
      for (const value of Object.values(said.figures)) expect(value).toBeGreaterThanOrEqual(-100)
      expect(said.met).toBe(said.goals.every(({ met }) => met))
    },
  )
})
