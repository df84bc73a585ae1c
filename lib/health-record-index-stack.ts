import { Stack, type StackProps } from "aws-cdk-lib"
import type { Construct } from "constructs"
import { AlarmTopic } from "./alarm-topic.ts"
import { IndexAudience } from "./audience.ts"
import type { CodeOf } from "./bundles.ts"
import type { Config } from "./config.ts"
import { dashboard } from "./dashboard.ts"
import { DataKey } from "./data-key.ts"
import { Api } from "./http-api.ts"
import { IndexTable } from "./index-table.ts"
import { acknowledgeIndexFindings } from "./nag-acknowledgements.ts"

/** Tells which EHR cloud holds a patient's record. It may serve many clouds and be another operator's: nothing here refers to one. */
export class HealthRecordIndexStack extends Stack {
  constructor(scope: Construct, { config, code, ...props }: StackProps & { config: Config; code: CodeOf }) {
    super(scope, "HealthRecordIndex", props)
    const { retain } = config

    const dataKey = new DataKey(this, "DataKey", config)
    const index = new IndexTable(this, "Index", { dataKey, retain })
    const api = new Api(this, "HttpApi", { dataKey, config, code, front: config.hriFront, authorizers: {} })
    const audience = new IndexAudience({ apiId: api.id })

    const wellKnown = api.serve("hri/well-known")
    audience.grantVerify(wellKnown)

    const putEntry = api.serve("hri/put-entry")
    audience.grantVerify(putEntry)
    index.grantPut(putEntry)
    index.grantLookUp(putEntry)

    const lookUp = api.serve("hri/look-up")
    index.grantLookUp(lookUp)

    const removeEntry = api.serve("hri/remove-entry")
    audience.grantVerify(removeEntry)
    index.grantPut(removeEntry)
    index.grantLookUp(removeEntry)

    new AlarmTopic(this, "AlarmTopic", { dataKey }).hearAll()
    dashboard(this, { api })
    acknowledgeIndexFindings(this)
  }
}
