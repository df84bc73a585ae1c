/** Calls a second that Cognito takes of an account, by category of operations. Source: Amazon Cognito Developer Guide, "Quotas in Amazon Cognito", API request rate quotas. */
export const cognitoRates = {
  UserCreation: { operations: ["SignUp", "AdminCreateUser", "ConfirmSignUp"], perSecond: 50 },
  UserUpdate: {
    operations: ["AdminEnableUser", "AdminDisableUser", "AdminDeleteUser", "AdminAddUserToGroup"],
    perSecond: 25,
  },
  UserAccountRecovery: { operations: ["AdminSetUserPassword"], perSecond: 30 },
  UserAuthentication: { operations: ["AdminInitiateAuth"], perSecond: 120 },
  UserRead: { operations: ["AdminGetUser"], perSecond: 120 },
  UserList: { operations: ["ListUsers"], perSecond: 30 },
  UserPoolClientRead: { operations: ["DescribeUserPoolClient"], perSecond: 15 },
} as const
