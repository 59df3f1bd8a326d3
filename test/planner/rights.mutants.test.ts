/** The laws are sharp: every bug that is planted into the rights, or into how they are used, breaks one of them soon. */

import { describe, expect, it } from 'vitest'
import * as rights from '../../src/planner/rights.ts'
import { mutants } from './model/mutants.ts'
import { hunt } from './model/play.ts'

const runs = 20_000

describe('the laws of the rights', () => {
  it.each(mutants)('find it when $bug', ({ transitions, habits }) => {
    expect(hunt(transitions, { habits, runs, from: 1, stepsPerRun: 200 })?.law).toBeTypeOf('string')
  })

  it('hold for the rights as they are', () => {
    expect(hunt(rights, { runs: 2_000, from: 1, stepsPerRun: 200 })).toBeUndefined()
  })
})
