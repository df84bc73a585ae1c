/** Uploads a file to a store, keeping its state in another; goes on with what is there. `node kill-upload-child.ts <store> <file> <state file>`. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"
import * as z from "zod/mini"
import { fileSource } from "../../bin/ehr/file-source.ts"
import { uploadState } from "../../sdk/sealed-record.ts"
import { upload } from "../sdk/transfer/sealing.ts"

const [base = "", file = "", stateFile = ""] = process.argv.slice(2)
const resume = existsSync(stateFile) ? z.parse(uploadState, JSON.parse(readFileSync(stateFile, "utf8"))) : undefined
const { descriptor } = await upload(base, await fileSource(file), {
  resume,
  onState: (state) => {
    const written = openSync(`${stateFile}.new`, "w", 0o600)
    writeSync(written, JSON.stringify(state))
    fsyncSync(written)
    closeSync(written)
    renameSync(`${stateFile}.new`, stateFile)
  },
})
console.log(JSON.stringify(descriptor))
