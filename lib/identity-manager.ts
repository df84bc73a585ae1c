import { Aws, CfnOutput, Duration } from "aws-cdk-lib"
import type { IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2"
import { HttpUserPoolAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import {
  AccountRecovery,
  CfnUserPoolClient,
  ClientAttributes,
  FeaturePlan,
  LambdaVersion,
  Mfa,
  UserPool,
  type UserPoolClient,
  type UserPoolClientOptions,
  UserPoolEmail,
  UserPoolOperation,
  type UserPoolProps,
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

/** Without OAuth: only our functions sign in, by their role. */
const client: UserPoolClientOptions = {
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

interface IdentityProps {
  readonly retain: boolean
  /** From where people are asked to confirm an address; SES knows its domain as verified. */
  readonly sender: string
}

/** A pool of people who sign up themselves. */
const people = ({ retain, sender }: IdentityProps): UserPoolProps => ({
  selfSignUpEnabled: true,
  // The username is made of ids that devices drew; people sign in with the e-mail address they confirmed.
  signInAliases: { username: true, email: true },
  // Ids are base64url, and a pool that ignores case folds them. It holds for addresses too: ours come in lower case.
  signInCaseSensitive: true,
  autoVerify: { email: true },
  // Cognito's own sender, which is for a trial, stops at 50 messages a day.
  // Source: Amazon Cognito Developer Guide, "Email settings for Amazon Cognito user pools".
  ...(retain && {
    email: UserPoolEmail.withSES({
      fromEmail: sender,
      sesVerifiedDomain: sender.slice(sender.lastIndexOf("@") + 1),
      sesRegion: Aws.REGION,
    }),
  }),
  standardAttributes: { email: { required: true, mutable: true } },
  // Should it ever be changed, the old one stays until the new one is confirmed.
  keepOriginal: { email: true },
  passwordPolicy: password,
  // Cognito's public API serves nobody: a password that is lost is one of an account of ours, to which the phrase leads.
  accountRecovery: AccountRecovery.NONE,
  // No app asks for a second factor: who set one up by that API would lock its owner out.
  mfa: Mfa.OFF,
  // The least that lets a function take from a token what it need not be good for.
  featurePlan: FeaturePlan.ESSENTIALS,
  deletionProtection: retain,
  removalPolicy: removalPolicy(retain),
})
const email = new ClientAttributes().withStandardAttributes({ email: true })
const peopleClient: UserPoolClientOptions = {
  ...client,
  // The client's id is in every token: who has it alone can't sign up, confirm or ask for a new password past our throttles.
  generateSecret: true,
  readAttributes: email,
  writeAttributes: email,
}

/** Patients in one pool, professionals' temporary accounts in another, members of practices in a third: no token of one is good for the routes of the other. */
export class IdentityManager extends Construct {
  readonly authorizers: Readonly<Record<"patient" | "hcp" | "member", IHttpRouteAuthorizer>>
  readonly #patients: UserPool
  readonly #patientClient: UserPoolClient
  readonly #members: UserPool
  readonly #memberClient: UserPoolClient
  readonly #hcps: UserPool
  readonly #hcpClient: UserPoolClient

  constructor(scope: Construct, id: string, props: IdentityProps) {
    super(scope, id)
    const { retain } = props
    this.#patients = new UserPool(this, "Patients", people(props))
    this.#patientClient = withoutRefresh(this.#patients.addClient("Client", peopleClient))
    this.#members = new UserPool(this, "Members", people(props))
    this.#memberClient = withoutRefresh(this.#members.addClient("Client", peopleClient))
    this.#hcps = new UserPool(this, "Hcps", {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: true,
      passwordPolicy: password,
      accountRecovery: AccountRecovery.NONE,
      mfa: Mfa.OFF,
      featurePlan: FeaturePlan.LITE,
      deletionProtection: retain,
      removalPolicy: removalPolicy(retain),
    })
    this.#hcpClient = withoutRefresh(this.#hcps.addClient("Client", { ...client, generateSecret: false }))
    this.authorizers = {
      patient: new HttpUserPoolAuthorizer("Patient", this.#patients, { userPoolClients: [this.#patientClient] }),
      member: new HttpUserPoolAuthorizer("Member", this.#members, { userPoolClients: [this.#memberClient] }),
      hcp: new HttpUserPoolAuthorizer("Hcp", this.#hcps, { userPoolClients: [this.#hcpClient] }),
    }
    new CfnOutput(scope, "PatientPoolId", { value: this.#patients.userPoolId })
    new CfnOutput(scope, "PatientClientId", { value: this.#patientClient.userPoolClientId })
    new CfnOutput(scope, "MemberPoolId", { value: this.#members.userPoolId })
    new CfnOutput(scope, "MemberClientId", { value: this.#memberClient.userPoolClientId })
    new CfnOutput(scope, "HcpPoolId", { value: this.#hcps.userPoolId })
    new CfnOutput(scope, "HcpClientId", { value: this.#hcpClient.userPoolClientId })
  }

  /** SignUp is a public call of Cognito's: it takes the client's secret and no permission. */
  grantRegister(fn: UseCaseFunction) {
    this.#showClient(fn)
  }

  /** ConfirmSignUp is a public call of Cognito's: it takes the client's secret and no permission. */
  grantConfirm(fn: UseCaseFunction) {
    this.#showClient(fn)
  }

  grantSignIn(fn: UseCaseFunction) {
    this.#showClient(fn)
    fn.allow(["cognito-idp:AdminInitiateAuth"], [this.#patients.userPoolArn])
  }

  /** Have every token of a patient, and of a practice's member, go through a function before it is given out. */
  limitTokens(fn: UseCaseFunction) {
    for (const pool of [this.#patients, this.#members])
      pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, fn.lambda, LambdaVersion.V2_0)
  }

  grantPatientAddress(fn: UseCaseFunction) {
    this.#tellPatients(fn)
    fn.allow(["cognito-idp:AdminGetUser"], [this.#patients.userPoolArn])
  }

  grantDeletePatient(fn: UseCaseFunction) {
    this.#tellPatients(fn)
    fn.allow(["cognito-idp:AdminDeleteUser"], [this.#patients.userPoolArn])
  }

  /** SignUp and ConfirmSignUp, as for patients. */
  grantMemberSignUp(fn: UseCaseFunction) {
    this.#showMemberClient(fn)
  }

  grantMemberSignIn(fn: UseCaseFunction) {
    this.#showMemberClient(fn)
    fn.allow(["cognito-idp:AdminInitiateAuth"], [this.#members.userPoolArn])
  }

  grantDeleteMember(fn: UseCaseFunction) {
    this.#tellMembers(fn)
    fn.allow(["cognito-idp:AdminDeleteUser"], [this.#members.userPoolArn])
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

  /** Let a function ask for the secret of the patients' client. */
  #showClient(fn: UseCaseFunction) {
    this.#tellPatients(fn)
    fn.allow(["cognito-idp:DescribeUserPoolClient"], [this.#patients.userPoolArn])
  }

  #tellPatients(fn: UseCaseFunction) {
    fn.tell("PATIENT_POOL_ID", this.#patients.userPoolId)
    fn.tell("PATIENT_CLIENT_ID", this.#patientClient.userPoolClientId)
  }

  /** Let a function ask for the secret of the members' client. */
  #showMemberClient(fn: UseCaseFunction) {
    this.#tellMembers(fn)
    fn.allow(["cognito-idp:DescribeUserPoolClient"], [this.#members.userPoolArn])
  }

  #tellMembers(fn: UseCaseFunction) {
    fn.tell("MEMBER_POOL_ID", this.#members.userPoolId)
    fn.tell("MEMBER_CLIENT_ID", this.#memberClient.userPoolClientId)
  }

  #tellHcps(fn: UseCaseFunction) {
    fn.tell("HCP_POOL_ID", this.#hcps.userPoolId)
    fn.tell("HCP_CLIENT_ID", this.#hcpClient.userPoolClientId)
  }
}
