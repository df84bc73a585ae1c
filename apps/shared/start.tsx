import { render, type VNode } from "preact"
import "./tokens.css"
import "./parts.css"
import { wearAsBefore } from "./theme.ts"
import { speakAsBefore } from "./words.ts"
import { registerWorker } from "./worker.ts"

/** Opens an app in its page: in the language and appearance chosen before, then, once it is on the screen, ready for no network. */
export const start = async (app: VNode): Promise<void> => {
  wearAsBefore()
  await speakAsBefore().catch(() => undefined)
  const root = document.getElementById("app")
  if (root === null) throw new Error("the page has no place for the app")
  render(app, root)
  await registerWorker()
}
