import { CfnOutput, Duration } from "aws-cdk-lib"
import type { IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2"
import { HttpUserPoolAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import {
  AccountRecovery,
  CfnUserPoolClient,
  ClientAttributes,
  Mfa,
  UserPool,
  type UserPoolClient,
  type UserPoolClientOptions,
} from "aws-cdk-lib/aws-cognito"
import { Construct } from "constructs"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

const password = {
  minLength: 12,
  requireLowercase: true,
  requireUppercase: true,
  requireDigits: true,
  requireSymbols: true,
}

/** Without a secret and without OAuth: only our functions sign in, by their role. */
const client: UserPoolClientOptions = {
  generateSecret: false,
  authFlows: { adminUserPassword: true },
  disableOAuth: true,
  preventUserExistenceErrors: true,
  enableTokenRevocation: true,
  accessTokenValidity: Duration.hours(1),
  idTokenValidity: Duration.hours(1),
  refreshTokenValidity: Duration.hours(1),
}

/** CDK always allows refreshing; nobody here is given a refresh token. */
const withoutRefresh = (client: UserPoolClient): UserPoolClient => {
  const { defaultChild } = client.node
  if (!(defaultChild instanceof CfnUserPoolClient)) throw new Error("the pool's client has no resource")
  defaultChild.explicitAuthFlows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
  return client
}

/** Patients in one pool, professionals' temporary accounts in another: no token of one is good for the routes of the other. */
export class IdentityManager extends Construct {
  readonly authorizers: { readonly patient: IHttpRouteAuthorizer; readonly hcp: IHttpRouteAuthorizer }
  readonly #patients: UserPool
  readonly #patientClient: UserPoolClient
  readonly #hcps: UserPool
  readonly #hcpClient: UserPoolClient

  constructor(scope: Construct, id: string, { retain }: { retain: boolean }) {
    super(scope, id)
    this.#patients = new UserPool(this, "Patients", {
      selfSignUpEnabled: true,
      // The username is the patient's id, drawn by us; people sign in with the e-mail address they confirmed.
      signInAliases: { username: true, email: true },
      // Ids are base64url, and a pool that ignores case folds them. It holds for addresses too: ours come in lower case.
      signInCaseSensitive: true,
      autoVerify: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: password,
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      deletionProtection: retain,
      removalPolicy: removalPolicy(retain),
    })
    const email = new ClientAttributes().withStandardAttributes({ email: true })
    this.#patientClient = withoutRefresh(
      this.#patients.addClient("Client", { ...client, readAttributes: email, writeAttributes: email }),
    )
    this.#hcps = new UserPool(this, "Hcps", {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: true,
      passwordPolicy: password,
      accountRecovery: AccountRecovery.NONE,
      mfa: Mfa.OFF,
      deletionProtection: retain,
      removalPolicy: removalPolicy(retain),
    })
    this.#hcpClient = withoutRefresh(this.#hcps.addClient("Client", client))
    this.authorizers = {
      patient: new HttpUserPoolAuthorizer("Patient", this.#patients, { userPoolClients: [this.#patientClient] }),
      hcp: new HttpUserPoolAuthorizer("Hcp", this.#hcps, { userPoolClients: [this.#hcpClient] }),
    }
    new CfnOutput(scope, "PatientPoolId", { value: this.#patients.userPoolId })
    new CfnOutput(scope, "PatientClientId", { value: this.#patientClient.userPoolClientId })
    new CfnOutput(scope, "HcpPoolId", { value: this.#hcps.userPoolId })
    new CfnOutput(scope, "HcpClientId", { value: this.#hcpClient.userPoolClientId })
  }

  /** SignUp is a public call of Cognito's: it takes the client's id and no permission. */
  grantRegister(fn: UseCaseFunction) {
    this.#tellPatients(fn)
  }

  /** ConfirmSignUp is a public call of Cognito's: it takes the client's id and no permission. */
  grantConfirm(fn: UseCaseFunction) {
    this.#tellPatients(fn)
  }

  grantSignIn(fn: UseCaseFunction) {
    this.#tellPatients(fn)
    fn.allow(["cognito-idp:AdminInitiateAuth"], [this.#patients.userPoolArn])
  }

  grantPatientAddress(fn: UseCaseFunction) {
    this.#tellPatients(fn)
    fn.allow(["cognito-idp:AdminGetUser"], [this.#patients.userPoolArn])
  }

  grantDeletePatient(fn: UseCaseFunction) {
    this.#tellPatients(fn)
    fn.allow(["cognito-idp:AdminDeleteUser"], [this.#patients.userPoolArn])
  }

  /** Make or wake a professional's temporary account and sign it in. */
  grantHcpSession(fn: UseCaseFunction) {
    this.#tellHcps(fn)
    fn.allow(
      [
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminEnableUser",
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:AdminSetUserPassword",
      ],
      [this.#hcps.userPoolArn],
    )
  }

  /** Disable, then delete, the temporary accounts whose time is over. */
  grantSweep(fn: UseCaseFunction) {
    this.#tellHcps(fn)
    fn.allow(
      ["cognito-idp:AdminDeleteUser", "cognito-idp:AdminDisableUser", "cognito-idp:ListUsers"],
      [this.#hcps.userPoolArn],
    )
  }

  #tellPatients(fn: UseCaseFunction) {
    fn.tell("PATIENT_POOL_ID", this.#patients.userPoolId)
    fn.tell("PATIENT_CLIENT_ID", this.#patientClient.userPoolClientId)
  }

  #tellHcps(fn: UseCaseFunction) {
    fn.tell("HCP_POOL_ID", this.#hcps.userPoolId)
    fn.tell("HCP_CLIENT_ID", this.#hcpClient.userPoolClientId)
  }
}
