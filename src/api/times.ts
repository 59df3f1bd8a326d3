/** Instants as the API shows and takes them: ISO 8601 in UTC. */

import { z } from 'zod'

export const time = z.iso.datetime()

export const iso = (at: number): string => new Date(at).toISOString()

export const isoOrNull = (at: number | null | undefined): string | null => (at == null ? null : iso(at))

/** A day (`2026-06-15`, its first moment in UTC) or a full time. */
export const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })])
