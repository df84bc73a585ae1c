import { afterAll, beforeAll, vi } from "vitest"
import { type RouteName, routeNames } from "../../contract/routes.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"
import { rows } from "./rows.ts"
import { routeTrial, type Trial, unattendedTrial } from "./trials.ts"
import { unattended } from "./unattended.ts"
import { makeWorld, type World } from "./world.ts"

/** For a machine that has much else to do, milliseconds: a use-case is run some hundred times. */
export const patience = 600_000

/** The world of one test file: made once, brought back for each run. */
export const worldOfTests = (): (() => World) => {
  const { folder, remove } = temporaryFolder()
  let world: World | undefined
  beforeAll(async () => {
    world = await makeWorld(folder)
  }, patience)
  afterAll(() => {
    remove()
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })
  return () => {
    if (world === undefined) throw new Error("the world is made before the tests")
    return world
  }
}

export interface Way {
  readonly name: string
  trial(world: World): Promise<Trial>
}

const named = (name: string, i: number) => (i === 0 ? name : `${name}, way ${i + 1}`)

const ofRoute = (route: RouteName): Way[] =>
  rows[route].map((row, i) => ({
    name: named(route, i),
    trial: (world) => routeTrial(world, route, row, named(route, i)),
  }))

/** Every way of every use-case. */
export const ways: readonly Way[] = [
  ...routeNames.flatMap(ofRoute),
  ...Object.entries(unattended).flatMap(([name, all]) =>
    all.map((way, i) => ({
      name: named(name, i),
      trial: async (world: World) => unattendedTrial(world, name, way.event, way),
    })),
  ),
]
