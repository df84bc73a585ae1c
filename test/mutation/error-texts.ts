import type { Ignorer } from "@stryker-mutator/api/ignore"
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin"
import type { babel } from "@stryker-mutator/core"

const errors = new Set(["Error", "TypeError", "RangeError"])

/**
 * The reasons inside errors are for whoever debugs: no caller tells them apart, and none is shown. A test of their wording would hold
 * the words and nothing else.
 */
const errorTexts: Ignorer = {
  shouldIgnore(path: babel.NodePath) {
    const { parent } = path
    const reason = (path.isStringLiteral() || path.isTemplateLiteral()) && parent?.type === "NewExpression"
    const name = reason && parent.callee.type === "Identifier" ? parent.callee.name : ""
    return errors.has(name) ? "the wording of a reason" : undefined
  },
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "error-texts", errorTexts)]
