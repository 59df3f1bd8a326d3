/** Plays one seed where it is to be played: in memory, or in a schema of its own. */

import { withSchema } from './databases.ts'
import { playEvening, type Story } from './evening.ts'
import type { Act } from './scene.ts'

let schemas = 0

export const playSeed = async (seed: number, database: string | undefined, acts?: readonly Act[]): Promise<Story> =>
  database === undefined
    ? await playEvening(seed, { acts })
    : await withSchema(database, `s${process.pid}_${++schemas}`, (databaseUrl) =>
        playEvening(seed, { acts, databaseUrl }),
      )
