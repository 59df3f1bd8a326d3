/** What will happen by itself, earliest first: a binary heap, so that looking costs nothing while nothing is due. */

export interface Timeline {
  /** Returns what takes it off again. */
  at(due: number, run: (due: number) => void): () => void
  /** Runs what is due by now in order of its time, what that adds included. */
  runDue(now: number): void
  /** When the next one is due; undefined when there is none. */
  nextDue(): number | undefined
  /** Runs the next one. */
  runNext(): void
}

interface Entry {
  readonly due: number
  readonly order: number
  readonly run: (due: number) => void
  /** Taken off: it leaves the heap when its turn comes. */
  isOff: boolean
}

const isBefore = (a: Entry, b: Entry) => a.due < b.due || (a.due === b.due && a.order < b.order)

export function createTimeline(): Timeline {
  const heap: Entry[] = []
  let order = 0

  function rise(entry: Entry) {
    let i = heap.push(entry) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      const parent = heap[up]
      if (!parent || !isBefore(entry, parent)) break
      heap[i] = parent
      i = up
    }
    heap[i] = entry
  }

  function pop(): void {
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let i = 0
    for (;;) {
      const right = heap[2 * i + 2]
      let down = 2 * i + 1
      let child = heap[down]
      if (!child) break
      if (right && isBefore(right, child)) {
        child = right
        down++
      }
      if (!isBefore(child, last)) break
      heap[i] = child
      i = down
    }
    heap[i] = last
  }

  function next(): Entry | undefined {
    while (heap[0]?.isOff) pop()
    return heap[0]
  }

  function runNext(): void {
    const entry = next()
    if (!entry) return
    pop()
    entry.run(entry.due)
  }

  return {
    at(due, run) {
      const entry: Entry = { due, order: order++, run, isOff: false }
      rise(entry)
      return () => {
        entry.isOff = true
      }
    },
    runDue(now) {
      for (let entry = next(); entry && entry.due <= now; entry = next()) runNext()
    },
    nextDue: () => next()?.due,
    runNext,
  }
}
