import type { StateModel, Step } from "./explore.ts"

/**
 * The history of one record: two devices of the patient, a cloud that says what it likes, and an honest index which
 * compares `parent` when an entry is replaced. A manifest's hash is its place in `manifests`; the cloud can hand out
 * any manifest that was ever signed, late, twice, or never.
 */
export interface History {
  readonly manifests: readonly Manifest[]
  readonly devices: readonly Device[]
  /** The manifest that the index names. */
  readonly witness: number
  /** The publications that a device told the patient are done. */
  readonly promised: readonly number[]
  readonly lost: "nothing" | "own history" | "promised publication"
}

interface Manifest {
  /** The hashes of the manifests 1, 2, 4... before this one. */
  readonly links: readonly number[]
  readonly number: number
}

interface Device {
  /** Undefined: it holds no manifest. */
  readonly newest?: number
  /** What it signed, and the index entry it means to replace; the app says "not yet witnessed". */
  readonly publishing?: { readonly manifest: number; readonly parent: number }
  /** The app says that something is wrong, or what it couldn't check: it signs nothing more. */
  readonly warned?: true
}

/** The mends, one by one; a mutant takes one of them out. */
export interface HistoryRules {
  /** A device accepts what leads back to its own newest by links; else it compares the next number alone. */
  readonly skipLinks: boolean
  /** A device signs on top of what the index names, and the index compares `parent`; else the last entry wins. */
  readonly parentCompared: boolean
  /** A device writes the index entry by itself; else through the cloud. */
  readonly ownWitness: boolean
  /** A new device asks the index, by the printed card; else it believes the cloud. */
  readonly recoveryAsksIndex: boolean
}

export const mended: HistoryRules = {
  skipLinks: true,
  parentCompared: true,
  ownWitness: true,
  recoveryAsksIndex: true,
}

const first: Manifest = { links: [], number: 1 }

/** Returns the model, in which up to `publications` manifests follow the first one. */
export function historyModel(rules: HistoryRules, publications: number): StateModel<History> {
  return {
    initial: {
      manifests: [first],
      devices: [{ newest: 0 }, { newest: 0 }],
      witness: 0,
      promised: [],
      lost: "nothing",
    },
    broken: brokenPromise,
    *next(history) {
      for (const [who, device] of history.devices.entries()) {
        const name = who === 0 ? "phone" : "tablet"
        yield* recover(history, rules, who, name)
        if (device.warned) continue
        if (device.publishing !== undefined) {
          yield* renewWitness(history, rules, who, name)
          continue
        }
        yield* read(history, rules, who, name)
        if (history.manifests.length <= publications) yield* sign(history, rules, who, name)
      }
    },
  }
}

/** The device reads on: the cloud shows it any manifest. */
function* read(history: History, rules: HistoryRules, who: number, name: string): Iterable<Step<History>> {
  const newest = history.devices[who]?.newest
  for (const shown of history.manifests.keys()) {
    if (shown === newest || !accepts(history, rules, newest, shown)) continue
    const lost = newest !== undefined && !descends(history, shown, newest) ? "own history" : history.lost
    yield { act: `the ${name} accepts ${shown}`, state: { ...withDevice(history, who, { newest: shown }), lost } }
  }
}

/** The device asks the index, and signs a manifest on top of its own newest. */
function* sign(history: History, rules: HistoryRules, who: number, name: string): Iterable<Step<History>> {
  const newest = history.devices[who]?.newest
  const begun = newest === undefined
  if (begun && rules.recoveryAsksIndex) return
  if (!begun && rules.parentCompared && newest !== history.witness) {
    if (!accepts(history, rules, history.witness, newest)) return
  }
  const manifest = history.manifests.length
  const signed = begun ? first : { links: linksAfter(history, newest), number: numberOf(history, newest) + 1 }
  yield {
    act: `the ${name} signs ${manifest} after ${newest ?? "nothing"}`,
    state: {
      ...withDevice(history, who, { newest: manifest, publishing: { manifest, parent: history.witness } }),
      manifests: [...history.manifests, signed],
    },
  }
}

/** The device renews the index entry; only then does it tell the patient that the publication is done. */
function* renewWitness(history: History, rules: HistoryRules, who: number, name: string): Iterable<Step<History>> {
  const device = history.devices[who]
  if (device?.publishing === undefined) return
  const { manifest, parent } = device.publishing
  const done = withDevice(history, who, { newest: manifest })
  const promised = [...history.promised, manifest].toSorted((a, b) => a - b)
  if (!rules.ownWitness) {
    yield { act: `the cloud keeps back the ${name}'s entry for ${manifest}`, state: { ...done, promised } }
  }
  if (leadsBack(history, history.witness, manifest)) {
    yield { act: `the ${name} finds ${manifest} witnessed`, state: { ...done, promised } }
  } else if (history.witness === parent || !rules.parentCompared) {
    yield { act: `the ${name} has ${manifest} witnessed`, state: { ...done, promised, witness: manifest } }
  } else {
    const warned = withDevice(history, who, { newest: manifest, warned: true })
    yield { act: `the ${name} reports a fork at ${manifest}`, state: warned }
  }
}

/** The device is lost, and another begins with the recovery phrase. Without the printed card the app says so. */
function* recover(history: History, rules: HistoryRules, who: number, name: string): Iterable<Step<History>> {
  const replacement = `a new ${name}, recovered`
  yield { act: `${replacement} without a card, warns`, state: withDevice(history, who, { warned: true }) }
  for (const shown of history.manifests.keys()) {
    if (rules.recoveryAsksIndex && !leadsBack(history, shown, history.witness)) continue
    const complete = history.promised.every((publication) => descends(history, shown, publication))
    const lost = complete ? history.lost : "promised publication"
    yield { act: `${replacement}, accepts ${shown}`, state: { ...withDevice(history, who, { newest: shown }), lost } }
  }
  if (!rules.recoveryAsksIndex) {
    yield { act: `${replacement}, is told that there is nothing`, state: withDevice(history, who, {}) }
  }
}

function brokenPromise(history: History): string | undefined {
  if (history.lost === "own history") return "No device accepts what doesn't lead back to its own newest manifest."
  if (history.lost === "promised publication") return "A recovered device that doesn't warn has every publication."
  const oneLine = history.promised.every((one) =>
    history.promised.every((other) => descends(history, one, other) || descends(history, other, one)),
  )
  if (!oneLine) return "Of two publications on either side of a fork, at most one is told to be done."
  for (const shown of history.manifests.keys()) {
    if (!descends(history, shown, history.witness)) continue
    if (!history.promised.every((publication) => descends(history, shown, publication))) {
      return "Whatever a professional's app accepts holds every publication that was told to be done."
    }
  }
  return undefined
}

function accepts(history: History, rules: HistoryRules, newest: number | undefined, shown: number): boolean {
  if (newest === undefined) return true
  if (rules.skipLinks) return leadsBack(history, shown, newest)
  const ahead = numberOf(history, shown) - numberOf(history, newest)
  return ahead > 1 || (ahead === 1 && history.manifests[shown]?.links[0] === newest)
}

/** What a device verifies: it follows the longest link that doesn't pass the wanted number, and compares hashes. */
function leadsBack(history: History, from: number, wanted: number): boolean {
  let at = from
  for (;;) {
    const ahead = numberOf(history, at) - numberOf(history, wanted)
    if (ahead <= 0) return at === wanted
    const link = history.manifests[at]?.links[Math.floor(Math.log2(ahead))]
    if (link === undefined) return false
    at = link
  }
}

/** What is true: one manifest was signed on top of the other, or is the other. */
function descends(history: History, from: number, ancestor: number): boolean {
  for (let at: number | undefined = from; at !== undefined; at = history.manifests[at]?.links[0]) {
    if (at === ancestor) return true
  }
  return false
}

/** The links of a manifest that follows `parent`. */
function linksAfter(history: History, parent: number): number[] {
  const links: number[] = []
  for (let at: number | undefined = parent; at !== undefined; at = history.manifests[at]?.links[links.length - 1]) {
    links.push(at)
  }
  return links
}

function numberOf(history: History, manifest: number): number {
  return history.manifests[manifest]?.number ?? 0
}

function withDevice(history: History, who: number, device: Device): History {
  return { ...history, devices: history.devices.map((other, at) => (at === who ? device : other)) }
}
