import { afterAll, beforeAll, vi } from "vitest"
import { type RouteName, routeNames } from "../../contract/routes.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"
import { type Deployment, makeDeployment } from "./deployment.ts"
import { rows } from "./rows.ts"
import { routeTrial, type Trial, unattendedTrial } from "./trials.ts"
import { unattended } from "./unattended.ts"

/** For a machine that has much else to do, milliseconds: a use-case is run some hundred times. */
export const patience = 600_000

/** The deployment of one test file: made once, brought back for each run. */
export const deploymentOfTests = (): (() => Deployment) => {
  const { folder, remove } = temporaryFolder()
  let deployment: Deployment | undefined
  beforeAll(async () => {
    deployment = await makeDeployment(folder)
  }, patience)
  afterAll(() => {
    remove()
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })
  return () => {
    if (deployment === undefined) throw new Error("the deployment is made before the tests")
    return deployment
  }
}

export interface Way {
  readonly name: string
  trial(deployment: Deployment): Promise<Trial>
}

const named = (name: string, i: number) => (i === 0 ? name : `${name}, way ${i + 1}`)

const ofRoute = (route: RouteName): Way[] =>
  rows[route].map((row, i) => ({
    name: named(route, i),
    trial: (deployment) => routeTrial(deployment, route, row, named(route, i)),
  }))

/** Every way of every use-case. */
export const ways: readonly Way[] = [
  ...routeNames.flatMap(ofRoute),
  ...Object.entries(unattended).flatMap(([name, all]) =>
    all.map((way, i) => ({
      name: named(name, i),
      trial: async (deployment: Deployment) => unattendedTrial(deployment, name, way.event, way),
    })),
  ),
]
