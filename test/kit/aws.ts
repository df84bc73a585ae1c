import { memoryCognito } from "../fakes/cognito.ts"
import { memoryKms } from "../fakes/kms.ts"
import { memoryS3 } from "../fakes/s3.ts"
import { memorySes } from "../fakes/ses.ts"
import { memoryDynamo } from "./dynamo.ts"

/** All of AWS that the functions use, in memory, by commands; what it holds can be kept and brought back. */
export const memoryAws = () => {
  const [dynamo, s3, cognito, kms, ses] = [memoryDynamo(), memoryS3(), memoryCognito(), memoryKms(), memorySes()]
  const operations = {
    ...dynamo.operations,
    ...s3.operations,
    ...cognito.operations,
    ...kms.operations,
    ...ses.operations,
  }
  const save = () => ({ dynamo: dynamo.save(), s3: s3.save(), cognito: cognito.save(), ses: ses.save() })
  return {
    dynamo,
    s3,
    cognito,
    ses,
    /** The one key that there is in KMS. */
    providerKey: kms.publicKey,
    answer: (command: string, input: object): object => {
      const operation = Object.entries(operations).find(([name]) => name === command)?.[1]
      if (operation === undefined) throw new Error(`there is no ${command} in memory`)
      return (operation as (input: object) => object)(input)
    },
    save,
    load: (saved: ReturnType<typeof save>) => {
      dynamo.load(saved.dynamo)
      s3.load(saved.s3)
      cognito.load(saved.cognito)
      ses.load(saved.ses)
    },
  }
}
export type MemoryAws = ReturnType<typeof memoryAws>
