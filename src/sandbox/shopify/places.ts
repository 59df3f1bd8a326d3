/** Locations: another warehouse opens, one closes and its stock and open work go elsewhere, and which one a basket is taken from. */

import { addCommitted, freeAt, isActive, type Level, onHandNames, type Place, type Variant } from './model.ts'
import { disconnectPayload, locationPayload } from './payloads-stock.ts'
import { levelAt, move } from './stock.ts'
import { mainPlace, type World } from './world.ts'

const tellPlace = (world: World, place: Place, event: 'create' | 'update' | 'activate' | 'deactivate'): void =>
  world.tell({ topic: `locations/${event}`, about: place.id, payload: () => locationPayload(world, place) })

export function openPlace(world: World, name: string): Place {
  const place: Place = {
    __typename: 'Location',
    id: world.newId('Location'),
    name,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  world.places.set(place.id, place)
  tellPlace(world, place, 'create')
  return place
}

export function placeNamed(world: World, id: string): Place {
  const place = world.places.get(id)
  if (!place) throw new Error(`The shop has no location ${id}`)
  return place
}

/** Deactivates: stock, committed units and open fulfilment orders move to the destination, as the admin offers it. */
export function closePlace(world: World, place: Place, destination: Place): void {
  if (place === destination || !isActive(destination))
    throw new Error(`${destination.name} cannot take over from ${place.name}`)
  for (const level of world.levels.values()) if (level.place === place) relocate(world, level, destination)
  for (const order of world.orders.values())
    for (const line of order.lines) {
      const units = line.committed.get(place) ?? 0
      if (units > 0) addCommitted(line, destination, units)
      line.committed.delete(place)
    }
  for (const one of world.fulfilmentOrders.values())
    if (one.place === place && (one.status === 'OPEN' || one.status === 'IN_PROGRESS')) {
      one.place = destination
      one.updatedAt = world.now()
    }
  place.deactivatedAt = world.now()
  place.successor = destination
  place.updatedAt = world.now()
  tellPlace(world, place, 'deactivate')
}

function relocate(world: World, level: Level, destination: Place): void {
  const target = levelAt(world, level.item, destination)
  for (const name of onHandNames) {
    const units = level.quantities[name]
    move(world, level, name, -units)
    move(world, target, name, units)
  }
  target.held += level.held
  level.held = 0
  world.tell({
    topic: 'inventory_levels/disconnect',
    about: level.id,
    payload: () => disconnectPayload(level),
  })
}

/** The place that stands for this one now. */
export function successorOf(place: Place): Place {
  let now = place
  while (!isActive(now) && now.successor) now = now.successor
  return now
}

export interface Portion {
  readonly place: Place
  readonly units: number
}

/**
 * Where the units of one variant come from: one place that has them all, else place after place.
 * An unlimited variant, and what is missing anyway, comes from the first.
 */
export function portions(world: World, variant: Variant, units: number): Portion[] {
  const levels = [...variant.item.levels.values()].filter((level) => isActive(level.place))
  const first = levels[0]?.place ?? mainPlace(world)
  const whole = levels.find((level) => freeAt(level) >= units)
  if (whole) return [{ place: whole.place, units }]
  const found: Portion[] = []
  let left = units
  for (const level of levels) {
    const here = Math.min(left, Math.max(0, freeAt(level)))
    if (here > 0) found.push({ place: level.place, units: here })
    left -= here
  }
  if (left > 0) found.push({ place: first, units: left })
  return found
}
